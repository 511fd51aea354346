#pragma once
// The C++ bindings of old are no part of what is used here.
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>

// Handles and special values are macros that cast, which Swift does not see.
static inline MPI_Comm colonnade_mpi_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Datatype colonnade_mpi_byte(void) { return MPI_BYTE; }
static inline MPI_Errhandler colonnade_mpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline MPI_Request colonnade_mpi_no_request(void) { return MPI_REQUEST_NULL; }
static inline MPI_Info colonnade_mpi_no_info(void) { return MPI_INFO_NULL; }
