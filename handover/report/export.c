/*
 * export.c: lemfd export: what is stored in several files as one: JSON Lines and packets in the order of time.
 *
 *   one -> account_make    what is missing goes to standard error
 *          by_time         each PDU's time, but never before that of a lower number of its context; sorted by it
 *          write_all       each PDU is read again and shown by lidump_ps()
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "handover/report/command.h"
#include "handover/report/finding.h"

struct export {
	struct command *c;
	struct account a;
	FILE *json, *pcap;
	struct lidump d;
	struct pcapwr packets;
	struct buf where, pdu;
};

static enum li_err say(struct export *x, const struct track *t, const char *what, uint32_t from, uint32_t to)
{
	enum li_err e;

	x->where.n = 0;
	e = finding_where(&x->where, &x->a, t);
	if (e)
		return e;
	if (from == to)
		command_say(x->c, "%s: %.*s: %s %" PRIu32, x->a.folder->name, (int)x->where.n, (const char *)x->where.p, what, from);
	else
		command_say(x->c, "%s: %.*s: %s %" PRIu32 " to %" PRIu32, x->a.folder->name, (int)x->where.n, (const char *)x->where.p, what, from, to);
	return LI_OK;
}

static enum li_err on_gap(void *arg, const struct track *t, uint32_t from, uint32_t to)
{
	return say(arg, t, "missing", from, to);
}

static enum li_err on_again(void *arg, const struct track *t, uint32_t number, uint64_t first, uint64_t offset, bool same)
{
	(void)first;
	(void)offset;
	return say(arg, t, same ? "twice, with the same octets," : "twice, with different octets,", number, number);
}

static enum li_err on_check(void *arg, const struct track *t, uint32_t number, const struct ps_check *k, const struct lemf_verdict *v, uint64_t offset)
{
	(void)k;
	(void)offset;
	(void)number;
	if (v->word == LEMF_GOOD)
		return LI_OK;
	return say(arg, t, v->word == LEMF_BAD ? "not as they were sent:" : v->word == LEMF_MISSING ? "cannot be proved without what is missing:" :
		   "could not be judged:", v->from, v->to);
}

static enum li_err on_damaged(void *arg, enum lemf_kind kind, uint64_t offset, const char *what)
{
	struct export *x = arg;

	command_say(x->c, "%s/%s: offset %" PRIu64 ": %s", x->a.folder->name, lemf_file_name[kind], offset, what);
	return LI_OK;
}

static enum li_err on_object(void *arg, const struct account_object *o)
{
	struct export *x = arg;

	if (o->state != OBJECT_GOOD)
		command_say(x->c, "%s/%s: %s", x->a.folder->name, o->file, o->state == OBJECT_GONE ? "it is not there" : "it is not as it was put together");
	return LI_OK;
}

static enum li_err on_stray(void *arg, const struct account_stray *s)
{
	struct export *x = arg;
	enum li_err e;

	x->where.n = 0;
	e = finding_stray_text(&x->where, &x->a, s);
	if (!e)
		command_say(x->c, "%s/%.*s", x->a.folder->name, (int)x->where.n, (const char *)x->where.p);
	return e;
}

/* Sorted by number as they are: within a context time then goes on or stands. */
static enum li_err by_time(struct places *s)
{
	uint64_t time = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (i && place_context(&s->p[i]) != place_context(&s->p[i - 1]))
			time = 0;
		if (s->p[i].time > time)
			time = s->p[i].time;
		s->p[i].time = time;
	}
	return places_sort_times(s);
}

static bool put(struct export *x, FILE *f, const char *name, struct buf *b)
{
	if (f && b->n && fwrite(b->p, 1, b->n, f) != b->n) {
		command_say(x->c, "%s: %s", name, strerror(errno));
		return false;
	}
	b->n = 0;
	return true;
}

static bool flush(struct export *x)
{
	return put(x, x->json, x->c->json, &x->d.text) && put(x, x->pcap, x->c->pcap, &x->packets.out);
}

static enum li_err write_all(struct export *x)
{
	const struct places *s = &x->a.places;
	enum li_err e = by_time(&x->a.places);

	for (size_t i = 0; i < s->n && !e; i++) {
		const struct track *t = &x->a.track[place_context(&s->p[i])];
		uint64_t offset = place_offset(&s->p[i]);

		if (!x->json && t->kind != LEMF_HI3 && t->judged)
			continue;		/* no content is in there */
		e = lemf_pdu_at(exhibit_read, exhibit_of(&x->a, t, &s->p[i]), offset, &x->pdu);
		if (!e)
			e = lidump_ps(&x->d, buf_view(&x->pdu), offset);
		if (!e && !flush(x))
			e = LI_EIO;
	}
	return e;
}

static bool one(struct export *x, const char *name)
{
	static const struct account_ops ops = { .damaged = on_damaged, .check = on_check, .gap = on_gap, .again = on_again, .object = on_object,
						.stray = on_stray };
	char err[COMMAND_TEXT] = "";
	struct folder f;
	bool good;
	enum li_err e = folder_open(&x->c->evidence, name, &f, err, sizeof(err));

	if (e) {
		command_say(x->c, "%s", err);
		return false;
	}
	e = account_make(&x->a, &f, &x->c->keys, x->c->seed, &ops, x);
	if (!e)
		e = write_all(x);
	if (e)
		command_say(x->c, "%s", x->a.error[0] ? x->a.error : li_err_text(e));
	if (finding_ledger(&x->a.totals.book))
		command_say(x->c, "%s/ledger: %s", name, finding_ledger(&x->a.totals.book));
	good = !e && account_is_good(&x->a.totals);
	account_fini(&x->a);
	folder_close(&f);
	return good;
}

/* "-" is standard output; else a file of its own, for its owner only. */
static bool open_out(struct export *x, const char *name, FILE **f)
{
	int fd;

	if (!name)
		return true;
	if (strcmp(name, "-") == 0) {
		*f = stdout;
		return true;
	}
	fd = evidence_create(&x->c->evidence, name);
	*f = fd < 0 ? NULL : fdopen(fd, "wb");
	if (!*f)
		command_say(x->c, "%s: %s", name, errno == EPERM ? "it would lie in the evidence" : strerror(errno));
	return *f;
}

static bool close_out(struct export *x, const char *name, FILE *f)
{
	bool bad = f && (f == stdout ? fflush(f) : fclose(f));

	if (bad)
		command_say(x->c, "%s: %s", name, strerror(errno));
	return !bad;
}

int export_run(struct command *c)
{
	struct export x = { .c = c };
	bool good = !c->json || !c->pcap || strcmp(c->json, "-") || strcmp(c->pcap, "-"), started;

	if (!good) {
		command_say(c, "JSON and packets cannot both go to standard output");
		return COMMAND_WRONG_USE;
	}
	x.d.form = c->json ? LIDUMP_JSON : LIDUMP_SILENT;
	x.d.decrypt = c->keys.n_ciphers ? lemf_keys_decrypt : NULL;
	x.d.decrypt_arg = &c->keys;
	buf_init(&x.d.text, LIDUMP_TEXT_MAX);
	started = open_out(&x, c->json, &x.json) && open_out(&x, c->pcap, &x.pcap) && (!c->pcap || pcapwr_init(&x.packets) == LI_OK);
	if (c->pcap)
		x.d.pcap = &x.packets;
	if (started)
		command_confine(c, NULL);
	for (size_t i = 0; i < c->n_folders && started; i++)
		good &= one(&x, c->folder[i]);
	good &= started && flush(&x);
	if (x.packets.left_out)
		command_say(c, "%" PRIu64 " content records are no packet, or too long for one, and are not in %s", x.packets.left_out, c->pcap);
	good &= close_out(&x, c->json, x.json);
	good &= close_out(&x, c->pcap, x.pcap);
	pcapwr_fini(&x.packets);
	buf_fini(&x.d.text);
	buf_fini(&x.d.opened);
	buf_fini(&x.where);
	buf_fini(&x.pdu);
	return good ? COMMAND_GOOD : COMMAND_BAD;
}
