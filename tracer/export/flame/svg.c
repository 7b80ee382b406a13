/* SPDX-License-Identifier: MIT */

/*
 * The picture: two icicles, one below the other, roots on top. It shows everything without its
 * script; with it, it zooms and searches. Frames too narrow to be seen, whatever the zoom, are left
 * out, so that the file stays small.
 */

#include "export/flame/flame.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "export/report/html.h"
#include "term/number.h"

#define WIDTH      1200
#define MARGIN     10
#define ROW        17
#define TITLE      26
#define HEAD       58
#define CHARACTER  7.0   /* of the font, in pixels */
#define SHARE_LEFT 20000 /* what is less than 1/20000 of all is left out */

static const char flame_css[] =
#include "flame_css.inc"
	;
static const char flame_js[] =
#include "flame_js.inc"
	;

struct picture {
	const struct flame_tree *tree;
	FILE *file;
	double scale; /* pixels per ns */
	uint64_t least_ns;
	int top; /* of the first row */
	unsigned number;
};

static uint32_t hash_of(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash ^ hash >> 15;
}

/* A colour for a name, always the same: warm on a CPU, cold off it, grey for the kernel's part. */
static void print_colour(FILE *file, const char *name, unsigned number, uint32_t depth)
{
	uint32_t hash = hash_of(name);
	unsigned hue = number == 0 ? 10 + hash % 40 : 180 + hash % 50;

	if (name[0] == '[')
		fprintf(file, "hsl(%u 12%% %u%%)", hue, 62 + hash / 64 % 14);
	else
		fprintf(file, "hsl(%u %u%% %u%%)", hue, depth < 3 ? 45 : 72, 60 + hash / 64 % 14);
}

/* As many characters of the name as there is room for. */
static void print_label(FILE *file, const char *name, double width)
{
	size_t room = width > 3 ? (size_t)((width - 3) / CHARACTER) : 0;

	if (room >= 3)
		html_print_cut(file, name, room);
}

static void print_node(const struct picture *picture, uint32_t index, double x)
{
	const struct flame_node *node = &picture->tree->nodes[index];
	uint64_t all = picture->tree->nodes[0].ns;
	double width = (double)node->ns * picture->scale;
	int y = picture->top + (int)node->depth * ROW;
	char time[NUMBER_SIZE];

	fprintf(picture->file,
		"<g class=\"f\" data-x=\"%.6f\" data-w=\"%.6f\" data-d=\"%" PRIu32
		"\" data-ns=\"%" PRIu64 "\"><title>",
		(x - MARGIN) / (WIDTH - 2 * MARGIN), width / (WIDTH - 2 * MARGIN), node->depth,
		node->ns);
	html_print(picture->file, node->name);
	fprintf(picture->file,
		" \xc2\xb7 %s \xc2\xb7 %.2f%%</title><rect x=\"%.2f\" y=\"%d\" width=\"%.2f\""
		" height=\"%d\" rx=\"1\" fill=\"",
		number_ns((int64_t)node->ns, time),
		all > 0 ? 100.0 * (double)node->ns / (double)all : 0, x, y, fmax(width - 0.4, 0.1),
		ROW - 1);
	print_colour(picture->file, node->name, picture->number, node->depth);
	fprintf(picture->file, "\"/><text x=\"%.2f\" y=\"%d\" data-n=\"", x + 3, y + ROW - 5);
	html_print(picture->file, node->name);
	fputs("\">", picture->file);
	print_label(picture->file, node->name, width);
	fputs("</text></g>\n", picture->file);
}

/* Depth is bounded where the tree is made. */
static void print_nodes(const struct picture *picture, uint32_t index, double x)
{
	const struct flame_node *nodes = picture->tree->nodes;

	print_node(picture, index, x);
	for (uint32_t child = nodes[index].first; child != 0; child = nodes[child].next) {
		if (nodes[child].ns < picture->least_ns)
			break; /* sorted: the others are smaller still */
		print_nodes(picture, child, x);
		x += (double)nodes[child].ns * picture->scale;
	}
}

/* Rows of what will be shown. */
static uint32_t depth_of(const struct flame_tree *tree, uint64_t least_ns)
{
	uint32_t depth = 0;

	for (uint32_t i = 0; i < tree->count; i++)
		if (tree->nodes[i].ns >= least_ns && tree->nodes[i].depth > depth)
			depth = tree->nodes[i].depth;
	return depth + 1;
}

static uint64_t least(const struct flame_tree *tree)
{
	return tree->nodes[0].ns / SHARE_LEFT + 1;
}

static int print_tree(const struct flame_tree *tree, FILE *file, unsigned number, int top,
		      const char *title)
{
	struct picture picture = {
		.tree = tree,
		.file = file,
		.scale = tree->nodes[0].ns > 0 ? (WIDTH - 2.0 * MARGIN) / (double)tree->nodes[0].ns
					       : 0,
		.least_ns = least(tree),
		.top = top + TITLE,
		.number = number,
	};

	fprintf(file, "<text class=\"h\" x=\"%d\" y=\"%d\">", MARGIN, top + 16);
	html_print(file, title);
	fprintf(file, "</text>\n<g class=\"s\" id=\"%s\">\n", number == 0 ? "on" : "off");
	if (tree->nodes[0].ns > 0)
		print_nodes(&picture, 0, MARGIN);
	fputs("</g>\n", file);
	return top + TITLE + (int)depth_of(tree, picture.least_ns) * ROW + 14;
}

static void title_on(const struct flame *flame, char *title, size_t size)
{
	char time[NUMBER_SIZE], count[NUMBER_SIZE];

	number_ns((int64_t)flame->on.nodes[0].ns, time);
	if (flame->profile_hz > 0)
		snprintf(title, size, "On a CPU: %s, from %s samples at %" PRId64 " Hz", time,
			 number_count(flame->samples, count), flame->profile_hz);
	else
		snprintf(title, size,
			 "On a CPU: %s of turns; record with --profile 99 to see functions", time);
}

void flame_print(const struct flame *flame, struct source *source, FILE *file)
{
	const char *slash = strrchr(source->path, '/');
	char title[160], time[NUMBER_SIZE];
	int height = HEAD + 2 * (TITLE + 14) + 20;

	height += ((int)depth_of(&flame->on, least(&flame->on)) +
		   (int)depth_of(&flame->off, least(&flame->off))) *
		  ROW;
	fprintf(file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"100%%\" "
		"preserveAspectRatio=\"xMidYMin\""
		" data-left=\"%d\" data-width=\"%d\">\n<style>",
		WIDTH, height, MARGIN, WIDTH - 2 * MARGIN);
	fputs(flame_css, file);
	fprintf(file, "</style>\n<rect class=\"b\" width=\"%d\" height=\"%d\"/>\n", WIDTH, height);
	fprintf(file, "<text class=\"t\" x=\"%d\" y=\"24\">", MARGIN);
	html_print(file, slash != NULL ? slash + 1 : source->path);
	fprintf(file,
		"</text>\n<text class=\"d\" id=\"detail\" x=\"%d\" y=\"44\">behaviour, message "
		"type, "
		"functions; a click zooms, Escape shows all</text>\n"
		"<text class=\"d\" id=\"found\" x=\"%d\" y=\"44\" text-anchor=\"end\"></text>\n"
		"<foreignObject x=\"%d\" y=\"6\" width=\"240\" height=\"26\"><input "
		"xmlns=\"http://www.w3.org/1999/xhtml\" id=\"search\" placeholder=\"search (a "
		"part, or "
		"/a pattern/)\"/></foreignObject>\n",
		MARGIN, WIDTH - MARGIN, WIDTH - MARGIN - 240);
	title_on(flame, title, sizeof(title));
	height = print_tree(&flame->on, file, 0, HEAD, title);
	snprintf(title, sizeof(title), "Off the CPU during turns: %s",
		 number_ns((int64_t)flame->off.nodes[0].ns, time));
	print_tree(&flame->off, file, 1, height, title);
	fputs("<script><![CDATA[\n", file);
	fputs(flame_js, file);
	fputs("]]></script>\n</svg>\n", file);
}
