#pragma once
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <gmp.h>
// Function-like macros of gmp.h, which Swift does not import.
static inline int colonnade_mpz_sgn(mpz_srcptr x) { return mpz_sgn(x); }
static inline int colonnade_mpz_odd(mpz_srcptr x) { return mpz_odd_p(x); }

// Memory functions that clear what they give back: GMP's own leave limbs of secrets behind in freed memory.
static inline void colonnade_gmp_free(void *block, size_t size) {
    explicit_bzero(block, size);
    free(block);
}
static inline void *colonnade_gmp_reallocate(void *block, size_t old_size, size_t new_size) {
    void *moved = malloc(new_size);
    if (moved == NULL) abort();
    memcpy(moved, block, old_size < new_size ? old_size : new_size);
    colonnade_gmp_free(block, old_size);
    return moved;
}
static inline void colonnade_gmp_clear_freed_memory(void) {
    mp_set_memory_functions(NULL, colonnade_gmp_reallocate, colonnade_gmp_free);
}
