/* SPDX-License-Identifier: MIT */
#include "export/post.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "term/text.h"

#ifndef HAVE_CURL

int post_open(const char *url, struct post **ret_post, char *error, size_t error_size)
{
	(void)url;
	(void)ret_post;
	snprintf(error, error_size,
		 "this actor-trace was built without libcurl and cannot post; write a file with -o "
		 "and let the collector read it");
	return -ENOSYS;
}

int post_send(struct post *post, const char *data, size_t size, char *error, size_t error_size)
{
	(void)post;
	(void)data;
	(void)size;
	snprintf(error, error_size, "cannot post");
	return -ENOSYS;
}

void post_close(struct post *post)
{
	(void)post;
}

#else

#include <curl/curl.h>

#define TRIES        3
#define ANSWER_SIZE  512
#define CONNECT_MS   5000L
#define TIMEOUT_MS   30000L
#define HEADERS_NAME "OTEL_EXPORTER_OTLP_HEADERS"

struct post {
	CURL *curl;
	struct curl_slist *headers;
	char *url;
	char answer[ANSWER_SIZE]; /* its beginning */
	size_t answer_size;
};

static size_t keep_answer(char *data, size_t size, size_t count, void *user)
{
	struct post *post = user;
	size_t room = sizeof(post->answer) - 1 - post->answer_size;
	size_t more = size * count < room ? size * count : room;

	memcpy(post->answer + post->answer_size, data, more);
	post->answer_size += more;
	post->answer[post->answer_size] = '\0';
	return size * count;
}

/* "key=value,key=value", as OpenTelemetry's own exporters take it. */
static int add_headers(struct post *post)
{
	const char *given = getenv(HEADERS_NAME);
	char *list = strdup(given != NULL ? given : "");
	char *rest = list;
	char *pair;

	if (list == NULL)
		return -ENOMEM;
	post->headers = curl_slist_append(NULL, "Content-Type: application/json");
	while (post->headers != NULL && (pair = strsep(&rest, ",")) != NULL) {
		char *equals = strchr(pair, '=');
		char header[1024];
		struct curl_slist *longer;

		if (equals == NULL || strpbrk(pair, "\r\n") != NULL)
			continue;
		snprintf(header, sizeof(header), "%.*s: %s", (int)(equals - pair), pair,
			 equals + 1);
		longer = curl_slist_append(post->headers, header);
		if (longer == NULL)
			break;
		post->headers = longer;
	}
	free(list);
	return post->headers != NULL ? 0 : -ENOMEM;
}

int post_open(const char *url, struct post **ret_post, char *error, size_t error_size)
{
	struct post *post;

	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
		snprintf(error, error_size,
			 "'%.200s' is no URL of a collector; give one such as "
			 "http://localhost:4318/v1/traces",
			 url);
		return -EINVAL;
	}
	post = calloc(1, sizeof(*post));
	if (post == NULL)
		return -ENOMEM;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	post->curl = curl_easy_init();
	post->url = strdup(url);
	if (post->curl == NULL || post->url == NULL || add_headers(post) != 0) {
		post_close(post);
		return -ENOMEM;
	}
	curl_easy_setopt(post->curl, CURLOPT_URL, url);
	curl_easy_setopt(post->curl, CURLOPT_HTTPHEADER, post->headers);
	curl_easy_setopt(post->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(post->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(post->curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(post->curl, CURLOPT_USERAGENT, "actor-trace");
	curl_easy_setopt(post->curl, CURLOPT_WRITEFUNCTION, keep_answer);
	curl_easy_setopt(post->curl, CURLOPT_WRITEDATA, post);
	*ret_post = post;
	return 0;
}

/* 0, a positive number for "try again", or a negative errno. */
static int try_once(struct post *post, const char *data, size_t size, char *error,
		    size_t error_size)
{
	char answer[ANSWER_SIZE];
	long code = 0;
	CURLcode done;

	post->answer_size = 0;
	post->answer[0] = '\0';
	curl_easy_setopt(post->curl, CURLOPT_POSTFIELDS, data);
	curl_easy_setopt(post->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	done = curl_easy_perform(post->curl);
	if (done != CURLE_OK) {
		snprintf(error, error_size,
			 "cannot post to %.200s: %s; does a collector listen there?", post->url,
			 curl_easy_strerror(done));
		return done == CURLE_COULDNT_CONNECT || done == CURLE_OPERATION_TIMEDOUT ? 1 : -EIO;
	}
	curl_easy_getinfo(post->curl, CURLINFO_RESPONSE_CODE, &code);
	if (code >= 200 && code < 300)
		return 0;
	text_safe(post->answer, answer, sizeof(answer));
	snprintf(error, error_size, "%.200s answers %ld: %.200s", post->url, code, answer);
	return code == 429 || (code >= 502 && code <= 504) ? 1 : -EIO;
}

int post_send(struct post *post, const char *data, size_t size, char *error, size_t error_size)
{
	int status = 1;

	for (unsigned i = 0; i < TRIES && status > 0; i++) {
		if (i > 0)
			usleep(200000u << i);
		status = try_once(post, data, size, error, error_size);
	}
	if (status == 0)
		error[0] = '\0';
	return status > 0 ? -EIO : status;
}

void post_close(struct post *post)
{
	if (post == NULL)
		return;
	curl_slist_free_all(post->headers);
	curl_easy_cleanup(post->curl);
	free(post->url);
	free(post);
}

#endif
