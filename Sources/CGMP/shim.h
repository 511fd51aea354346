#pragma once
#include <stddef.h>
#include <gmp.h>
// Function-like macros of gmp.h, which Swift does not import.
static inline int colonnade_mpz_sgn(mpz_srcptr x) { return mpz_sgn(x); }
static inline int colonnade_mpz_odd(mpz_srcptr x) { return mpz_odd_p(x); }
