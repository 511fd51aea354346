#pragma once
#include <zlib.h>

// The initialisers are macros, which Swift does not see. 15 bits is the largest window; 16 more say gzip and nothing else.
static inline int colonnade_inflate_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
static inline int colonnade_deflate_gzip(z_stream *stream) {
    return deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
