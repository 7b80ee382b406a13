/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target on files: driver FILE_OR_FOLDER... Each file once, and then with its bytes
 * changed and cut in a fixed way. For compilers without libFuzzer, and for the normal tests.
 */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#define CHANGES 200

static uint64_t random_state = 88172645463325252;
static unsigned long runs;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* On the heap and of the right size, so that a sanitizer sees the end. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	FUZZ_CHECK(copy != NULL);
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void run_changed(uint8_t *data, size_t size)
{
	for (int i = 0; i < CHANGES && size > 0; i++) {
		size_t place = next_random() % size;
		uint8_t right = data[place];

		data[place] = (uint8_t)next_random();
		run(data, size);
		data[place] = right;
		if (i % 4 == 0)
			run(data, next_random() % size);
	}
}

static void run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat status;
	uint8_t *data;
	size_t size;

	FUZZ_CHECK(file != NULL && fstat(fileno(file), &status) == 0);
	data = malloc((size_t)status.st_size + 1);
	FUZZ_CHECK(data != NULL);
	size = fread(data, 1, (size_t)status.st_size, file);
	fclose(file);
	run(data, size);
	run_changed(data, size);
	free(data);
}

static void run_path(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	char name[1024];

	if (folder == NULL) {
		run_file(path);
		return;
	}
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		run_file(name);
	}
	closedir(folder);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE_OR_FOLDER...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		run_path(argv[i]);
	printf("%lu runs\n", runs);
	return runs > 0 ? 0 : 1;
}
