/* SPDX-License-Identifier: MIT */
#ifndef SAVINA_SAVINA_H
#define SAVINA_SAVINA_H

/*
 * The benchmarks of the Savina suite (Imam and Sarkar, AGERE 2014), with its parameters, and a few
 * of our own in the same manner. bench/peers does the same work in Erlang and in C++ with CAF.
 */

#include "bench.h"

extern const struct bench bench_banking;
extern const struct bench bench_big;
extern const struct bench bench_bndbuffer;
extern const struct bench bench_call;
extern const struct bench bench_cast;
extern const struct bench bench_chameneos;
extern const struct bench bench_counting;
extern const struct bench bench_fib;
extern const struct bench bench_fjcreate;
extern const struct bench bench_fjthrput;
extern const struct bench bench_idle;
extern const struct bench bench_logmap;
extern const struct bench bench_philosopher;
extern const struct bench bench_pingpong;
extern const struct bench bench_radixsort;
extern const struct bench bench_sieve;
extern const struct bench bench_skynet;
extern const struct bench bench_spawn;
extern const struct bench bench_threadring;
extern const struct bench bench_uct;

#endif
