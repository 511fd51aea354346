#include "limbs.h"

void cm_limbs_from_words(uint64_t *limbs, size_t limb_count, const uint64_t *words, size_t word_count) {
    for (size_t i = 0; i < limb_count; i++) {
        size_t bit = i * LIMB_BITS, word = bit / 64, offset = bit % 64;
        uint64_t low = word < word_count ? words[word] >> offset : 0;
        uint64_t high = offset > 64 - LIMB_BITS && word + 1 < word_count ? words[word + 1] << (64 - offset) : 0;
        limbs[i] = (low | high) & LIMB_MASK;
    }
}

void cm_words_from_limbs(uint64_t *words, size_t word_count, const uint64_t *limbs, size_t limb_count) {
    for (size_t i = 0; i < word_count; i++) words[i] = 0;
    for (size_t i = 0; i < limb_count; i++) {
        size_t bit = i * LIMB_BITS, word = bit / 64, offset = bit % 64;
        if (word < word_count) words[word] |= limbs[i] << offset;
        if (offset > 64 - LIMB_BITS && word + 1 < word_count) words[word + 1] |= limbs[i] >> (64 - offset);
    }
}
