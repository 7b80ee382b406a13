/* SPDX-License-Identifier: MIT */

/* mermaid and plantuml: sequence diagrams as text. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "export/export.h"
#include "export/sequence.h"
#include "term/text.h"

/* What a language wants written in which way. */
struct language {
	const char *begin;
	const char *end;
	const char *indent;
	const char *arrow;
	const char *dashed;
	const char *colon;
	const char *note;
	const char *comment;
	bool label_first; /* participant "label" as a0, not: participant a0 as label */
	/* A character that could mean something in the language. */
	void (*escape)(FILE *file, unsigned character);
};

static void escape_mermaid(FILE *file, unsigned character)
{
	fprintf(file, "#%u;", character);
}

static void escape_plantuml(FILE *file, unsigned character)
{
	fprintf(file, "<U+%04X>", character);
}

static const struct language mermaid = {
	.begin = "sequenceDiagram\n",
	.end = "",
	.indent = "    ",
	.arrow = "->>",
	.dashed = "-->>",
	.colon = ": ",
	.note = "Note over ",
	.comment = "%% ",
	.escape = escape_mermaid,
};

static const struct language plantuml = {
	.begin = "@startuml\nhide footbox\n",
	.end = "@enduml\n",
	.indent = "",
	.arrow = " -> ",
	.dashed = " --> ",
	.colon = " : ",
	.note = "note over ",
	.comment = "' ",
	.label_first = true,
	.escape = escape_plantuml,
};

static bool is_plain(char letter)
{
	return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
	       (letter >= '0' && letter <= '9') || (unsigned char)letter >= 0x80 ||
	       strchr(" .,:()", letter) != NULL;
}

/* All that is not letter, digit or harmless is written as its number. */
static void print_text(FILE *file, const struct language *language, const char *text)
{
	char safe[512];
	const char *at = safe;

	text_safe(text, safe, sizeof(safe));
	/* "end" closes a block in both languages, even as a text. */
	if (strcasecmp(safe, "end") == 0)
		language->escape(file, (unsigned char)*at++);
	for (; *at != '\0'; at++) {
		bool is_word = *at == '_' || *at == '-' || *at == '/';

		if (is_plain(*at) || (is_word && at > safe && at[-1] != *at && at[1] != *at))
			putc(*at, file);
		else
			language->escape(file, (unsigned char)*at);
	}
}

static void print_actor(struct export *export, const struct language *language, size_t number,
			uint64_t pid)
{
	FILE *file = export->output->file;
	char label[SOURCE_LABEL_SIZE];

	source_label(export->source, pid, label);
	fprintf(file, "%sparticipant ", language->indent);
	if (language->label_first) {
		putc('"', file);
		print_text(file, language, label);
		fprintf(file, "\" as a%zu\n", number);
		return;
	}
	fprintf(file, "a%zu as ", number);
	print_text(file, language, label);
	putc('\n', file);
}

static void print_step(const struct export *export, const struct language *language,
		       const struct sequence *sequence, const struct sequence_step *step)
{
	FILE *file = export->output->file;

	fputs(language->indent, file);
	if (step->kind == SEQUENCE_NOTE)
		fprintf(file, "%sa%zu%s", language->note, sequence_actor(sequence, step->to),
			language->colon);
	else
		fprintf(file, "a%zu%sa%zu%s", sequence_actor(sequence, step->from),
			step->kind == SEQUENCE_REPLY ? language->dashed : language->arrow,
			sequence_actor(sequence, step->to), language->colon);
	print_text(file, language, step->text[0] != '\0' ? step->text : "?");
	putc('\n', file);
}

static int run(struct export *export, const struct language *language)
{
	FILE *file = export->output->file;
	struct sequence sequence;
	int status = sequence_collect(export, &sequence);

	if (status == 0) {
		fputs(language->begin, file);
		for (size_t i = 0; i < sequence.actor_count; i++)
			print_actor(export, language, i, sequence.actors[i]);
		for (size_t i = 0; i < sequence.count; i++)
			print_step(export, language, &sequence, &sequence.steps[i]);
		if (sequence.left_out > 0)
			fprintf(file, "%s%s%zu more: see -n, --since, --actor and --tag\n",
				language->indent, language->comment, sequence.left_out);
		fputs(language->end, file);
	}
	sequence_finish(&sequence);
	return status;
}

static int run_mermaid(struct export *export)
{
	return run(export, &mermaid);
}

static int run_plantuml(struct export *export)
{
	return run(export, &plantuml);
}

const struct export_format export_mermaid = {
	.name = "mermaid",
	.extension = ".mmd",
	.kind = OUTPUT_TEXT,
	.summary = "A sequence diagram for Markdown pages; the first 200 messages, or -n",
	.text = "A sequence diagram as GitHub, GitLab and many others draw it within Markdown: "
		"messages in the order in which they were handled, replies dashed, timers, inputs "
		"and ends of actors as notes. The first 200 of the selection, or as many as -n "
		"says; a comment at the end tells how many more there are.",
	.run = run_mermaid,
};

const struct export_format export_plantuml = {
	.name = "plantuml",
	.extension = ".puml",
	.kind = OUTPUT_TEXT,
	.summary = "The same for PlantUML",
	.text = "The same diagram in the language of PlantUML.",
	.run = run_plantuml,
};
