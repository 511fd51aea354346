#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
// Function-like macros and variadic functions, which Swift does not import.
static inline int colonnade_SSL_CTX_set_min_proto_version(SSL_CTX *c, int v) { return SSL_CTX_set_min_proto_version(c, v); }
static inline int colonnade_SSL_CTX_set_max_proto_version(SSL_CTX *c, int v) { return SSL_CTX_set_max_proto_version(c, v); }
static inline long colonnade_SSL_CTX_set_session_cache_mode(SSL_CTX *c, long m) { return SSL_CTX_set_session_cache_mode(c, m); }
static inline long colonnade_SSL_CTX_set1_groups_list(SSL_CTX *c, const char *l) { return SSL_CTX_set1_groups_list(c, l); }
static inline long colonnade_SSL_CTX_set1_sigalgs_list(SSL_CTX *c, const char *l) { return SSL_CTX_set1_sigalgs_list(c, l); }
static inline uint64_t colonnade_SSL_CTX_disable_tickets(SSL_CTX *c) { return SSL_CTX_set_options(c, SSL_OP_NO_TICKET); }
static inline long colonnade_BIO_set_mem_eof_return(BIO *b, int v) { return BIO_set_mem_eof_return(b, v); }
static inline long colonnade_BIO_pending(BIO *b) { return BIO_pending(b); }
static inline long colonnade_BIO_get_mem_data(BIO *b, char **p) { return BIO_get_mem_data(b, p); }
// Deprecated for EVP, whose objects cost several times what hashing a short message does.
static inline int colonnade_SHA256_Init(SHA256_CTX *c) { return SHA256_Init(c); }
static inline int colonnade_SHA256_Update(SHA256_CTX *c, const void *p, size_t n) { return SHA256_Update(c, p, n); }
static inline int colonnade_SHA256_Final(unsigned char *d, SHA256_CTX *c) { return SHA256_Final(d, c); }
static inline int colonnade_SHA512_Init(SHA512_CTX *c) { return SHA512_Init(c); }
static inline int colonnade_SHA512_Update(SHA512_CTX *c, const void *p, size_t n) { return SHA512_Update(c, p, n); }
static inline int colonnade_SHA512_Final(unsigned char *d, SHA512_CTX *c) { return SHA512_Final(d, c); }
