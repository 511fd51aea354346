#pragma once
#include <libpq-fe.h>

// The names of an error's fields are macros of characters, which Swift does not see.
static inline const char *colonnade_error_code(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}
static inline const char *colonnade_error_message(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}
