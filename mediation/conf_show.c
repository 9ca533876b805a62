/*
 * conf_show.c: a destination as its operator would write it. The rows of conf.tbl lead here too: what a row's reader reads, the shower of
 * the same name shows, in words that the reader takes back.
 */
#include "mediation/conf_read.h"

#include <inttypes.h>
#include <stdio.h>

#include "handover/address.h"
#include "mediation/json.h"

#define SHORT 64	/* a number and its unit */

struct row {
	const char *name;
	void (*show)(struct json *j, const struct row *r, const void *from);
	size_t offset, size;
	const void *more;
};
struct rows { const struct row *row; size_t n; };

/* -- by reader -- */

/* The word that stands for 0 or NULL. */
static bool unset(struct json *j, const struct row *r, bool is)
{
	if (is && r->more)
		json_text(j, r->name, r->more);
	return is && r->more;
}

struct unit { const char *name; uint64_t each; };

/* In the largest unit that divides it: the last one does. */
static void show_in(struct json *j, const char *name, uint64_t v, const struct unit *units)
{
	char text[SHORT];

	while (v % units->each || (!v && units->each > 1))
		units++;
	snprintf(text, sizeof(text), "%" PRIu64 "%s", v / units->each, units->name);
	json_text(j, name, text);
}

static void show_yaml_read_duration(struct json *j, const struct row *r, const void *from)
{
	static const struct unit units[] = { { "h", 3600 * LI_US_SECOND }, { "m", 60 * LI_US_SECOND }, { "s", LI_US_SECOND }, { "ms", 1000 }, { "us", 1 } };
	const li_us *v = from;

	if (!unset(j, r, !*v))
		show_in(j, r->name, (uint64_t)*v, units);
}

static void show_yaml_read_size(struct json *j, const struct row *r, const void *from)
{
	static const struct unit units[] = { { "GiB", 1u << 30 }, { "MiB", 1u << 20 }, { "KiB", 1u << 10 }, { "B", 1 } };
	const size_t *v = from;

	if (!unset(j, r, !*v))
		show_in(j, r->name, *v, units);
}

static void show_yaml_read_rate(struct json *j, const struct row *r, const void *from)
{
	static const struct unit units[] = { { "Gbit/s", 1000000000 }, { "Mbit/s", 1000000 }, { "kbit/s", 1000 }, { "bit/s", 1 } };
	const uint64_t *v = from;

	if (!unset(j, r, !*v))
		show_in(j, r->name, *v * 8, units);
}

static void show_yaml_read_uint(struct json *j, const struct row *r, const void *from)
{
	const unsigned *v = from;

	if (!unset(j, r, !*v))
		json_uint(j, r->name, *v);
}

static void show_yaml_read_octet(struct json *j, const struct row *r, const void *from)
{
	const uint8_t *v = from;

	if (!unset(j, r, !*v))
		json_uint(j, r->name, *v);
}

static void show_yaml_read_bool(struct json *j, const struct row *r, const void *from)
{
	json_bool(j, r->name, *(const bool *)from);
}

static void show_yaml_read_choice(struct json *j, const struct row *r, const void *from)
{
	int v = *(const uint8_t *)from;

	if (r->size == sizeof(v))
		memcpy(&v, from, sizeof(v));
	json_text(j, r->name, yaml_word_of(r->more, v));
}

/* NULL without a word for it: it is not shown. */
static void show_yaml_read_string(struct json *j, const struct row *r, const void *from)
{
	const char *s;

	memcpy(&s, from, sizeof(s));
	if (s)
		json_text(j, r->name, s);
	else
		(void)unset(j, r, true);
}

static void show_yaml_read_apart(struct json *j, const struct row *r, const void *from)
{
	(void)j, (void)r, (void)from;	/* a profile's options are the destination's own by now */
}

static void show_read_did(struct json *j, const struct row *r, const void *from)
{
	char text[LI_UUID_TEXT];

	li_uuid_text(((const struct li_did *)from)->b, text);
	json_text(j, r->name, text);
}

static void show_read_address(struct json *j, const struct row *r, const void *from)
{
	const struct hm_dest_conf *d = from;
	char text[LI_NAME_MAX + SHORT];

	if (!d->host)
		return;
	snprintf(text, sizeof(text), strchr(d->host, ':') ? "[%s]:%u" : "%s:%u", d->host, d->port);
	json_text(j, r->name, text);
}

static void show_read_addresses(struct json *j, const struct row *r, const void *from)
{
	const char *s;

	memcpy(&s, from, sizeof(s));
	if (unset(j, r, !s))
		return;
	json_array(j, r->name);
	for (s += strspn(s, " "); *s; s += strspn(s, " ")) {
		size_t n = strcspn(s, " ");

		json_view(j, NULL, view_of(s, n));
		s += n;
	}
	json_close(j, ']');
}

static void show_read_dest_delivery(struct json *j, const struct row *r, const void *from)
{
	const struct hm_dest_conf *d = from;

	json_text(j, r->name, yaml_word_of(conf_deliveries, (d->hi2 ? 1 : 0) | (d->hi3 ? 2 : 0)));
}

static void show_read_dest_release(struct json *j, const struct row *r, const void *from)
{
	const struct hm_dest_conf *d = from;
	char text[SHORT];

	snprintf(text, sizeof(text), "r%uv%u", d->release, d->version);
	json_text(j, r->name, text);
}

#define show_read_spill show_yaml_read_choice
#define show_read_path show_yaml_read_string
#define show_read_dest_country show_yaml_read_string

static void show_rows(struct json *j, const struct row *row, size_t n, const void *from)
{
	for (size_t i = 0; i < n; i++)
		row[i].show(j, &row[i], (const char *)from + row[i].offset);
}

static void show_yaml_read_map(struct json *j, const struct row *r, const void *from)
{
	const struct rows *rows = r->more;

	json_object(j, r->name);
	show_rows(j, rows->row, rows->n, from);
	json_close(j, '}');
}

/* -- the rows -- */

#undef ROW
#undef TABLE
#define ROW(n, req, rd, m, least, most, more) { #n, show_##rd, offsetof(struct hm_dest_conf, m), sizeof(((struct hm_dest_conf *)0)->m), more },
#define TABLE(name) static const struct rows name##_table = { name, sizeof(name) / sizeof(name[0]) }

#define DEST_TLS ROW
static const struct row dest_tls[] = {
#include "mediation/conf.tbl"
};
TABLE(dest_tls);
#define AGGREGATION ROW
static const struct row aggregation[] = {
#include "mediation/conf.tbl"
};
TABLE(aggregation);
#define ENCRYPTION ROW
static const struct row encryption[] = {
#include "mediation/conf.tbl"
};
TABLE(encryption);
#define PADDING ROW
static const struct row padding[] = {
#include "mediation/conf.tbl"
};
TABLE(padding);
#define INTEGRITY ROW
static const struct row integrity[] = {
#include "mediation/conf.tbl"
};
TABLE(integrity);
#define TIMER ROW
static const struct row timer[] = {
#include "mediation/conf.tbl"
};
TABLE(timer);
#define DEST ROW
static const struct row names[] = {
#include "mediation/conf.tbl"
};
#define DEST_OPTION ROW
static const struct row options[] = {
#include "mediation/conf.tbl"
};
#define LENGTH(rows) (sizeof(rows) / sizeof((rows)[0]))

void conf_dest_show(struct json *j, const struct hm_dest_conf *d)
{
	show_rows(j, names, LENGTH(names), d);
	show_rows(j, options, LENGTH(options), d);
}

/* -- what is said -- */

static bool is_said(const struct row *r, const struct hm_dest_conf *d, const struct hm_dest_conf *unsaid)
{
	const struct rows *in = r->more;

	if (r->show != show_yaml_read_map)
		return memcmp((const char *)d + r->offset, (const char *)unsaid + r->offset, r->size) != 0;
	for (size_t i = 0; i < in->n; i++)
		if (is_said(&in->row[i], d, unsaid))
			return true;
	return false;
}

static void show_said(struct json *j, const struct row *row, size_t n, const struct hm_dest_conf *d, const struct hm_dest_conf *unsaid)
{
	for (size_t i = 0; i < n; i++) {
		const struct rows *in = row[i].more;

		if (!is_said(&row[i], d, unsaid))
			continue;
		if (row[i].show == show_yaml_read_map) {
			json_object(j, row[i].name);
			show_said(j, in->row, in->n, d, unsaid);
			json_close(j, '}');
		} else {
			row[i].show(j, &row[i], (const char *)d + row[i].offset);
		}
	}
}

enum li_err conf_dest_said(const struct hm_dest_conf *d, struct buf *out)
{
	const struct hm_dest_conf unsaid = conf_dest_preset(NULL);
	struct json j = json_to(out);
	enum li_err e;

	json_object(&j, NULL);
	show_said(&j, options, LENGTH(options), d, &unsaid);
	json_close(&j, '}');
	e = json_end(&j);
	return e ? e : buf_put(out, "", 1);
}
