#pragma once
#include <stddef.h>
#include <stdint.h>

// Curve25519, y^2 = x^3 + 486662 x^2 + x over the field of p = 2^255 - 19, by x-coordinates, eight points at a time.
//
// Numbers are words of 64 bits, least significant first: four for a coordinate. Coordinates returned are below p. Any
// `count` is fine. CC_BATCH points share an inversion; fewer points than CC_LANES cost as much as so many. Inputs and
// outputs do not overlap.
//
// Timing
//   No instruction and no address depends on coordinates, numbers or bits of scalars, but for those of `check`, which a
//   peer sent. Counts and steps are public. Numbers pass through registers and the stack, which nobody wipes.

/// Points that a vector holds.
#define CC_LANES 8
/// Points that share an inversion.
#define CC_BATCH 256

/// What `check` says of a coordinate.
enum {
    /// A point of the curve, in its only encoding. Its order may be small.
    CC_SOUND = 0,
    /// A number from p on.
    CC_NOT_CANONICAL = 1,
    /// A point of the curve's twist, or 0.
    CC_NOT_ON_CURVE = 2,
};

/// What is done to runs of points.
typedef struct {
    /// products[i] = points[i] times its scalar, 0 where that is the point at infinity.
    ///
    /// Scalars come bit by bit, the highest first: bit i of `bits[s]` is bit `steps - 1 - s` of the scalar of point i
    /// of eight. The next eight points take theirs `stride` bytes further on: 0 where they take the same. Points are
    /// below 2^256, and may be on the twist.
    void (*_Nonnull multiply)(uint64_t *_Nonnull products, const uint64_t *_Nonnull points, size_t count,
                              const uint8_t *_Nonnull bits, size_t stride, size_t steps);
    /// Whether coordinates, below 2^256, are sound: one byte each.
    void (*_Nonnull check)(uint8_t *_Nonnull faults, const uint64_t *_Nonnull points, size_t count);
    /// Elligator 2 (RFC 9380, section 6.7.1; Z = 2) without y: the points of numbers of six words each.
    void (*_Nonnull map)(uint64_t *_Nonnull points, const uint64_t *_Nonnull numbers, size_t count);
} cc_kernels;

/// The field operations that kernels are made of, for tests at their bounds, which `field.h` states.
///
/// An element block holds one element of each of eight lanes: word 8 k + l is limb k, of radix 2^51, of lane l.
typedef struct {
    /// out = a b + 256 p, not carried, and the same for b = a by way of the square.
    void (*_Nonnull product)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull b);
    void (*_Nonnull square)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a);
    /// out = a + b, carried.
    void (*_Nonnull sum)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull b);
    /// out = a - b, carried.
    void (*_Nonnull difference)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull b);
    /// out = a + factor b, not carried.
    void (*_Nonnull scaled_sum)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull b,
                                uint64_t factor);
    /// out = a, limbs of 51 bits, below p.
    void (*_Nonnull canonical)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a);
    /// Inverts `count` blocks, a multiple of 2 up to CC_BATCH / CC_LANES, lane by lane; 0 of 0.
    void (*_Nonnull invert)(uint64_t *_Nonnull blocks, size_t count);
} cc_field;

/// AVX-512 IFMA; null where the processor or the operating system lacks it.
const cc_kernels *_Nullable cc_ifma_kernels(void);

/// Its field; null likewise.
const cc_field *_Nullable cc_ifma_field(void);
