#pragma once
#include "CCurve25519.h"
#include "field.h"

// Powers of elements, and inverses of many.

enum { LANES = CC_LANES, VECTORS = CC_BATCH / CC_LANES };

/// Two vectors: products of one alone would wait for each other.
typedef struct {
    element of[2];
} pair;

/// Tight x tight = tight.
static pair products(pair a, pair b) {
    UNROLL for (int v = 0; v < 2; v++) a.of[v] = carry(product(a.of[v], b.of[v], false));
    return a;
}

/// Tight to the power 2^times; tight.
static pair squares(pair a, int times) {
    KEEP_LOOP for (int i = 0; i < times; i++) {
        UNROLL for (int v = 0; v < 2; v++) a.of[v] = carry(square(a.of[v], false));
    }
    return a;
}

/// To 2^250 - 1, and to 11.
typedef struct {
    pair ones250, eleventh;
} powers;

static powers powers_of(pair a) {
    const pair second = squares(a, 1);
    const pair ninth = products(squares(second, 2), a);
    const pair eleventh = products(ninth, second);
    const pair ones5 = products(squares(eleventh, 1), ninth);
    const pair ones10 = products(squares(ones5, 5), ones5);
    const pair ones20 = products(squares(ones10, 10), ones10);
    const pair ones40 = products(squares(ones20, 20), ones20);
    const pair ones50 = products(squares(ones40, 10), ones10);
    const pair ones100 = products(squares(ones50, 50), ones50);
    const pair ones200 = products(squares(ones100, 100), ones100);
    const powers out = {products(squares(ones200, 50), ones50), eleventh};
    return out;
}

/// To p - 2 = 32 (2^250 - 1) + 11.
static pair inverse(pair a) {
    const powers of_a = powers_of(a);
    return products(squares(of_a.ones250, 5), of_a.eleventh);
}

/// Lanes that hold squares other than 0: where the power (p - 1) / 2 = 16 (2^250 - 1) + 6 is 1.
static void are_squares(__mmask8 *masks, pair a) {
    const pair sixth = squares(products(squares(a, 1), a), 1);
    const pair character = products(squares(powers_of(a).ones250, 4), sixth);
    for (int v = 0; v < 2; v++) masks[v] = equal(canonical(character.of[v]), small(1));
}

/// Inverts tight elements, an even number of vectors; 0 of 0.
///
/// One inversion and three products each (Montgomery, Mathematics of Computation 48, 1987, section 10.3.1), in two
/// chains. A 0 counts as 1: else it would make all of its lane 0.
static void invert(element *elements, size_t vectors) {
    element before[VECTORS];
    __mmask8 zeros[VECTORS];
    pair all_before = {{small(1), small(1)}};
    for (size_t i = 0; i < vectors; i += 2) {
        for (size_t v = 0; v < 2; v++) {
            element *own = elements + i + v;
            before[i + v] = all_before.of[v];
            zeros[i + v] = equal(canonical(*own), small(0));
            *own = choose(zeros[i + v], *own, small(1));
        }
        const pair own = {{elements[i], elements[i + 1]}};
        all_before = products(all_before, own);
    }
    pair rest = inverse(all_before);
    for (size_t i = vectors; i > 0; i -= 2) {
        const pair own = {{elements[i - 2], elements[i - 1]}}, others = {{before[i - 2], before[i - 1]}};
        const pair inverses = products(rest, others);
        rest = products(rest, own);
        for (size_t v = 0; v < 2; v++)
            elements[i - 2 + v] = choose(zeros[i - 2 + v], inverses.of[v], small(0));
    }
}
