/* SPDX-License-Identifier: MIT */
#ifndef SAVINA_SAVINA_H
#define SAVINA_SAVINA_H

/*
 * The benchmarks of the Savina suite (Imam and Sarkar, AGERE 2014), with its parameters, and a few
 * of our own in the same manner. bench/peers does the same work in Erlang and in C++ with CAF.
 */

#include "bench.h"

extern const struct bench bench_big;
extern const struct bench bench_cast;
extern const struct bench bench_counting;
extern const struct bench bench_fjthrput;
extern const struct bench bench_pingpong;
extern const struct bench bench_spawn;
extern const struct bench bench_threadring;

#endif
