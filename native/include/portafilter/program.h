/* A program: a list of commands that one call executes. Commands are appended by the families' headers. */
#ifndef PORTAFILTER_PROGRAM_H
#define PORTAFILTER_PROGRAM_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

PF_API int pf_program_open(long long context, long long* program);
PF_API void pf_program_close(long long program);

/*
 * Executes all commands in order. Returns PF_OK, or the first other status with the index of the command that ended the
 * run times 256 added. The context's threads serve one run at a time; a second caller's program runs on that caller
 * alone.
 */
PF_API long long pf_program_run(long long program);

/* Makes a running pf_program_run return PF_CANCELLED before its next command. */
PF_API void pf_program_cancel(long long program);

/*
 * From the next run on, adds each command's nanoseconds to the int64 at nanoseconds + 8 * index; 0 turns timing off.
 */
PF_API void pf_program_time(long long program, long long nanoseconds);

#ifdef __cplusplus
}
#endif
#endif
