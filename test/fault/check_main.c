/*
 * check_main.c: judges a run by what lies at the agency, and by nothing that mdfd or lemfd say of it: every PS-PDU is read again, each
 * packet in it is made anew and compared, and set against what the feeder wrote down. What mdfd has said for itself (numbers that
 * were not issued) is an excuse only where it was said for exactly that number.
 *
 *	fault_check --seed N --truth FILE --out DIR --warrants FILE --said FILE --used FILE [how]
 *
 *	--warrants	lines LIID SUBSCRIBER 2 | 3 | 23	whom the agency may know about, and by which kinds (1: IRI of traffic that is
 *			not the feeder's: its numbers are judged, also where they have no CIN and outlive mdfd); with FROM and TO, in
 *			microseconds since 1970: a warrant that came and went, of which nothing may be outside these
 *	--lost		lines LIID HI2 | HI3 CIN COUNT FROM TO	what the audit log says was dropped; LIID -: of contexts beyond those
 *	--said		lines LIID HI2 | HI3 CIN FROM TO	announced as not issued
 *	--used		lines LIID HI2 | HI3 CIN COUNT		what the audit log says an interception came to
 *	--lossless	mdfd ran all the time: every packet of every target must be there, and nothing may be announced
 *	--live		a live tap: packets may be missing where no number is; else the k-th packet that was seen bears number k
 *	--tap-lost N	of a live tap, lossless: so many packets may be missing, by the tap's own counters
 *	--dropped N	so many numbers are missing, by mdfd's own counter; --dropped-most: so many, or fewer
 *	--resumed	sessions outlive mdfd: of those that it delivered anything of before, every packet of its last life is there, too
 *	--torn		packets before a kill may have been lost together with the last entries of the audit log: a power cut
 *
 * It always holds that: what is there is, octet for octet, what was sent; it belongs to the warrant's subscriber; no packet is there twice in
 * one warrant's stream; no number twice with other octets; numbers come in order; one that is missing was announced. And of the last life of mdfd,
 * which nobody killed: every packet. Prints one line, and one for each fault; 1: there are faults.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asn1/ps_dec.h"
#include "test/fault/made.h"

#define FAULTS_SHOWN	12u
#define MARGIN		4000u	/* packets: what a pipe, the feeder's buffer and mdfd's read-ahead hold together, at the least length */
#define LATE		10000u	/* of a live tap: a session is on disk that much later than its first packet, half a second, at the worst */
#define NONE		UINT32_MAX

struct session {		/* as the feeder says */
	uint32_t subscriber, packets;
	uint32_t from;		/* of its packets, the first that the last reader was sent */
	unsigned life;
	uint64_t begin, end;	/* serials */
	char how;		/* e, g, a */
};

struct warrant {
	char liid[32];
	uint32_t subscriber;
	bool iri, cc, passing, others;
	li_us from, to;		/* passing */
};

struct record {
	uint32_t warrant, kind, cin, number;	/* kind: 2 or 3 */
	uint32_t session, k;
	uint64_t serial, hash, order;
	int type;		/* of an IRI */
};

struct range {			/* said, or used: to is one past */
	uint32_t warrant, kind, cin, from, to;
};

struct loss {			/* said by the audit log */
	uint32_t warrant, kind, cin, count, from, to;
};

struct list { void *p; size_t n, room; };

static struct { struct list session, warrant, record, said, used, lost; } all;
static uint64_t *life;		/* serial from which each reader reads */
static size_t lives;
static uint64_t seed, ready;	/* ready: the last reader is known to read from that serial on */
static bool lossless, live, resumed, torn, refused, counted;
static unsigned long tap_lost, dropped, dropped_most;
static unsigned faults;
static unsigned long missing, here, beyond, beyond_said, excused, doubles, contexts, unseen;

__attribute__((format(printf, 1, 2))) static void fault(const char *fmt, ...)
{
	va_list ap;

	if (faults++ >= FAULTS_SHOWN)
		return;
	va_start(ap, fmt);
	printf("fault: ");
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
}

static void *more(struct list *l, size_t size)
{
	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 256;
		l->p = realloc(l->p, l->room * size);
		if (!l->p)
			exit(2);
	}
	return memset((char *)l->p + l->n++ * size, 0, size);
}

#define MORE(name, type) ((struct type *)more(&all.name, sizeof(struct type)))
#define AT(name, type, i) ((struct type *)all.name.p + (i))

/* -- what was sent, and for whom ----------------------------------------------------------------------------------- */

static FILE *open_file(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f) {
		perror(path);
		exit(2);
	}
	return f;
}

static void truth_line(const char *s)
{
	unsigned long long a = 0, b = 0, t = 0;
	struct session *x;
	char how;

	if (sscanf(s, "%c %llu %llu %llu", &how, &a, &b, &t) < 2)
		return;
	if (how == 's') {
		x = MORE(session, session);
		if (a != all.session.n - 1)
			fault("the feeder's own account is broken at session %llu", a);
		*x = (struct session){ .subscriber = (uint32_t)b, .begin = t, .life = (unsigned)lives, .end = UINT64_MAX, .how = '?' };
	} else if (how == 'l') {
		life = realloc(life, (lives + 1) * sizeof(*life));
		if (!life)
			exit(2);
		life[lives++] = a;
	} else if (how == 'r') {
		ready = a;
	} else if (how == 'z') {
		return;
	} else if (a < all.session.n) {
		x = AT(session, session, a);
		if (how == 'k') {
			x->from = (uint32_t)b;
		} else {
			x->packets = (uint32_t)b;
			x->how = how;
			x->end = t;
		}
	}
}

static uint32_t warrant_of(const char *liid)
{
	for (uint32_t i = 0; i < all.warrant.n; i++)
		if (strcmp(AT(warrant, warrant, i)->liid, liid) == 0)
			return i;
	return NONE;
}

static void warrant_line(const char *s)
{
	struct warrant w = { .subscriber = 0 };
	long long from = 0, to = 0;
	unsigned kinds;
	int n = sscanf(s, "%31s %u %u %lld %lld", w.liid, &w.subscriber, &kinds, &from, &to);

	if (n < 3)
		return;
	w.passing = n == 5;
	w.from = from;
	w.to = to;
	w.iri = kinds != 3;
	w.cc = kinds > 2;
	w.others = kinds == 1;
	*MORE(warrant, warrant) = w;
}

static void range_line(const char *s, bool said)
{
	struct range r = { .from = 0 };
	char liid[32], cin[12];

	if (sscanf(s, said ? "%31s HI%u %11s %u %u" : "%31s HI%u %11s %u", liid, &r.kind, cin, said ? &r.from : &r.to, &r.to) < 4)
		return;
	r.cin = strcmp(cin, "-") ? (uint32_t)strtoul(cin, NULL, 10) : NONE;
	r.warrant = warrant_of(liid);
	if (r.warrant == NONE)
		fault("%s: announced or audited, and no warrant of this run", liid);
	r.to += said;
	if (said)
		*MORE(said, range) = r;
	else
		*MORE(used, range) = r;
}

static void said_line(const char *s) { range_line(s, true); }
static void used_line(const char *s) { range_line(s, false); }

static void lost_line(const char *s)
{
	struct loss l = { .count = 0 };
	char liid[32];

	if (sscanf(s, "%31s HI%u %u %u %u %u", liid, &l.kind, &l.cin, &l.count, &l.from, &l.to) != 6)
		return;
	l.warrant = warrant_of(liid);
	if (l.warrant == NONE)
		beyond_said += l.count;
	else
		*MORE(lost, loss) = l;
}

static void lines(const char *path, void (*fn)(const char *))
{
	FILE *f = open_file(path);
	char s[256];

	while (fgets(s, sizeof(s), f))
		fn(s);
	fclose(f);
}

/* -- what is there ------------------------------------------------------------------------------------------------- */

static uint64_t hash_of(struct view v)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < v.n; i++)
		h = (h ^ v.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static void packet(const struct warrant *w, struct view pdu, struct record *r)
{
	struct made m;
	size_t n;

	if (!made_read(seed, pdu, &m, &n)) {
		fault("%s CIN %u number %u: content that was not sent", w->liid, r->cin, r->number);
		return;
	}
	if (m.session >= all.session.n || AT(session, session, m.session)->subscriber != w->subscriber)
		fault("%s CIN %u number %u: content of somebody else", w->liid, r->cin, r->number);
	r->session = m.session;
	r->k = m.k;
	r->serial = m.serial;
}

static void take(uint32_t wi, unsigned kind, struct view pdu, const char *path)
{
	const struct warrant *w = AT(warrant, warrant, wi);
	struct record *r;
	struct view rest;
	struct ps_item item;
	struct ps_pdu p;
	const char *what;
	size_t at;

	if (ps_decode(pdu, &p, &at, &what)) {
		fault("%s: a PDU that cannot be read: %s", path, what);
		return;
	}
	if (p.kind != (kind == 2 ? PS_IRI : PS_CC) || !view_eq(p.liid, view_str(w->liid)) || (!p.has_cin && !w->others)) {
		fault("%s: a PDU that does not belong there", path);
		return;
	}
	if (w->passing && (!p.has_time || p.time < w->from || p.time > w->to))
		fault("%s CIN %u number %u: its time is outside the warrant's", w->liid, p.cin, p.number);
	r = MORE(record, record);
	*r = (struct record){ .warrant = wi, .kind = kind, .cin = p.has_cin ? p.cin : NONE, .number = p.number, .order = all.record.n, .hash = hash_of(pdu),
			      .session = NONE };
	rest = p.payload;
	if (kind == 3)
		packet(w, pdu, r);
	else if (ps_item_next(p.kind, &rest, &item) == LI_OK && item.has_type)
		r->type = (int)item.type;
	else
		fault("%s: an IRI without a type", path);
}

static void read_file(const char *dir, uint32_t wi, unsigned kind)
{
	const struct warrant *w = AT(warrant, warrant, wi);
	char path[512];
	struct stat st;
	struct view v;
	size_t n;
	void *p;
	int fd;

	snprintf(path, sizeof(path), "%s/NL-OP01-%s/hi%u.ber", dir, w->liid, kind);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return;
	if (!(kind == 2 ? w->iri : w->cc))
		fault("%s: of a kind that the warrant does not cover", path);
	if (fstat(fd, &st) == 0 && st.st_size) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED)
			exit(2);
		for (v = view_of(p, (size_t)st.st_size); v.n; v = view_of(v.p + n, v.n - n)) {
			if (ps_next(v, &n) || n > v.n) {
				fault("%s: ends within a PDU, %zu octets before its end", path, v.n);
				break;
			}
			take(wi, kind, view_of(v.p, n), path);
		}
		munmap(p, (size_t)st.st_size);
	}
	close(fd);
}

/* -- contexts ------------------------------------------------------------------------------------------------------ */

static int by_context(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

#define LESS(m) if (x->m != y->m) return x->m < y->m ? -1 : 1
	LESS(warrant);
	LESS(kind);
	LESS(cin);
	LESS(number);
	LESS(order);
	return 0;
}

static bool same(const struct record *a, const struct record *b)
{
	return a->warrant == b->warrant && a->kind == b->kind && a->cin == b->cin;
}

static const char *name(const struct record *r)
{
	static char s[64];

	if (r->cin == NONE)
		snprintf(s, sizeof(s), "%s HI%u without a CIN", AT(warrant, warrant, r->warrant)->liid, r->kind);
	else
		snprintf(s, sizeof(s), "%s HI%u CIN %u", AT(warrant, warrant, r->warrant)->liid, r->kind, r->cin);
	return s;
}

static bool is_said(const struct record *r, uint32_t number)
{
	for (size_t i = 0; i < all.said.n; i++) {
		const struct range *s = AT(said, range, i);

		if (s->warrant == r->warrant && s->kind == r->kind && s->cin == r->cin && number >= s->from && number < s->to)
			return true;
	}
	return false;
}

static bool is_said_at_all(uint32_t warrant, unsigned kind, uint32_t cin)
{
	for (size_t i = 0; i < all.said.n; i++) {
		const struct range *s = AT(said, range, i);

		if (s->warrant == warrant && s->kind == kind && s->cin == cin)
			return true;
	}
	return false;
}

/* Numbers [from, to) of r's context are not there. */
static void absent(const struct record *r, uint32_t from, uint32_t to)
{
	uint32_t lost = 0, first = 0;

	for (uint32_t n = from; n < to; n++) {
		if (is_said(r, n)) {
			excused++;
			continue;
		}
		if (!lost++)
			first = n;
	}
	missing += lost;
	here += lost;
	if (lost && !dropped && !dropped_most)
		fault("%s: %u numbers from %u on are missing without a word", name(r), lost, first);
}

/* What is missing of r's context is what the audit log says was dropped of it. */
static void account(const struct record *r, bool with_log)
{
	unsigned long said = 0;
	bool named = false;

	for (size_t i = 0; with_log && i < all.lost.n; i++) {
		const struct loss *l = AT(lost, loss, i);

		if (l->warrant != r->warrant || l->kind != r->kind || l->cin != r->cin)
			continue;
		named = true;
		said += l->count;
	}
	if (named && said != here)
		fault("%s: %lu numbers are missing, %lu are audited", name(r), here, said);
	else if (!named)
		beyond += here;
	here = 0;
}

/* One past the highest number that anybody knows of. */
static uint32_t top_of(const struct record *r, uint32_t seen)
{
	uint32_t top = seen;

	for (unsigned u = 0; u < 2; u++) {
		const struct list *l = u ? &all.used : &all.said;

		for (size_t i = 0; i < l->n; i++) {
			const struct range *s = (const struct range *)l->p + i;

			if (s->warrant == r->warrant && s->kind == r->kind && s->cin == r->cin && s->to > top)
				top = s->to;
		}
	}
	return top;
}

static unsigned life_of(uint64_t serial)
{
	unsigned l = 0;

	while (l + 1 < lives && life[l + 1] <= serial)
		l++;
	return l;
}

/* Content: later numbers are later packets, and of a tap that loses nothing the very next one. */
static void order_of(const struct record *first, const struct record *end)
{
	const struct record *before = NULL;

	for (const struct record *r = first; r < end; before = r++) {
		bool alike = before && life_of(before->serial) == life_of(r->serial);

		if (r->session == NONE || (before && before->session == NONE))
			continue;		/* told already */
		if (r->session != first->session)
			fault("%s: number %u is of another session", name(r), r->number);
		else if (before && r->serial <= before->serial)
			fault("%s: number %u is an earlier packet than the one before", name(r), r->number);
		else if (alike && r->k - before->k < r->number - before->number)
			fault("%s: number %u comes too late for its packet", name(r), r->number);
		else if (alike && !live && r->k - before->k != r->number - before->number)
			fault("%s: number %u, %u packets were seen and not numbered", name(r), r->number,
			      r->k - before->k - (r->number - before->number));
	}
	if (!live && !refused && first->session != NONE && life_of(first->serial) == AT(session, session, first->session)->life - 1 && first->k != first->number)
		fault("%s: its first packet, the %u. of the session, has number %u", name(first), first->k, first->number);
}

static void types_of(const struct record *first, const struct record *end)
{
	for (const struct record *r = first; r < end; r++) {
		if (!refused && (r->number == 0) != (r->type == LI_IRI_BEGIN) && (r->number == 0 || r->type == LI_IRI_BEGIN))
			fault("%s: number %u is of type %d", name(r), r->number, r->type);
		if (r->type == LI_IRI_END && r + 1 < end)
			fault("%s: a record after the end", name(r));
	}
}

/* From first to end: one context, by number; doubles are taken out. Gives the new end of it. */
static void context(struct record *first, struct record *end)
{
	struct record *kept = first;
	uint32_t next = 0;
	uint64_t arrived = 0;

	contexts++;
	for (struct record *r = first; r < end; r++) {
		if (r > first && r->number == kept[-1].number) {
			doubles++;
			if (r->hash != kept[-1].hash)
				fault("%s: number %u is there twice, and not the same", name(r), r->number);
			continue;
		}
		if (r->number > next)
			absent(r, next, r->number);
		next = r->number + 1;
		if (r->order < arrived)
			fault("%s: number %u came before a lower one", name(r), r->number);
		arrived = r->order;
		*kept++ = *r;
	}
	absent(first, next, top_of(first, next));
	account(first, counted);
	if (first->kind == 3)
		order_of(first, kept);
	else if (!AT(warrant, warrant, first->warrant)->others)
		types_of(first, kept);
	if (lossless && is_said_at_all(first->warrant, first->kind, first->cin))
		fault("%s: announced as not issued, and mdfd ran all the time", name(first));
	/* killed while it was open: the rest of its lease is owed a word */
	if (first->kind == 3 && !lossless && !torn && kept[-1].session != NONE) {
		const struct session *s = AT(session, session, kept[-1].session);
		unsigned l = life_of(kept[-1].serial);

		if (l + 1 < lives && (s->end > life[l + 1] || (s->how == 'g' && s->end == life[l + 1])) && !is_said_at_all(first->warrant, 3, first->cin))
			fault("%s: open when mdfd was killed, and nothing was announced", name(first));
	}
	for (struct record *r = kept; r < end; r++)
		*r = (struct record){ .warrant = first->warrant, .kind = first->kind, .session = NONE };	/* out of the way */
}

static bool has_record(const struct range *s)
{
	struct record r = { .warrant = s->warrant, .kind = s->kind, .cin = s->cin };
	size_t lo = 0, hi = all.record.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (by_context(AT(record, record, mid), &r) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < all.record.n && same(AT(record, record, lo), &r);
}

/* Contexts of which nothing is there but the word, or the audit log's. */
static void silent(void)
{
	for (size_t i = 0; i < all.said.n + all.used.n; i++) {
		bool said = i < all.said.n;
		const struct range *s = said ? AT(said, range, i) : AT(used, range, i - all.said.n);
		struct record r = { .warrant = s->warrant, .kind = s->kind, .cin = s->cin };

		if (s->warrant == NONE || has_record(s) || (!said && (!s->to || is_said_at_all(s->warrant, s->kind, s->cin))))
			continue;
		contexts++;
		unseen += s->kind == 3;
		excused += said ? s->to - s->from : 0;
		absent(&r, 0, said ? s->from : s->to);
		account(&r, counted);
	}
}

/* -- nothing is lost that was not told ------------------------------------------------------------------------------ */

static int by_packet(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	LESS(warrant);
	LESS(kind);
	LESS(session);
	LESS(k);
	return 0;
}

static void stream(uint32_t wi, const struct record *r, const struct record *end)
{
	const struct warrant *w = AT(warrant, warrant, wi);
	unsigned long lost = 0, sessions_lost = 0, words = 0;

	for (uint32_t i = 0; i < all.session.n; i++) {
		const struct session *s = AT(session, session, i);
		bool whole = lossless || (s->life == lives && s->begin >= ready), before = false;
		uint32_t k = s->life == lives || lossless ? 0 : s->from, have = 0;

		if (s->subscriber != w->subscriber)
			continue;
		while (r < end && r->session < i)
			r++;
		if (refused && r < end && r->session == i)	/* begun when the disk was not full any more */
			k = r->k;
		for (uint32_t at = 0; r < end && r->session == i; r++, at++) {
			if (at && r->k == r[-1].k && r->session == r[-1].session)
				fault("%s: packet %u of session %u is there under two numbers", w->liid, r->k, i);
			have += r->k >= k;
			before |= life_of(r->serial) + 1 < lives && r->serial + (live ? LATE : 0) < life[life_of(r->serial) + 1];
		}
		/* what mdfd had of it before is there, so it was known; and it went on */
		whole |= resumed && s->life < lives && before && s->end > ready && s->packets > k;
		if (refused && !have)
			continue;
		if (whole) {
			lost += s->packets - k - have;
			if (s->packets - k != have && !live && !dropped && !dropped_most)
				fault("%s: %u packets of session %u are missing", w->liid, s->packets - k - have, i);
		} else if (!have && !live && s->packets && s->life < lives && s->begin + MARGIN < life[s->life]) {
			sessions_lost++;
		}
	}
	for (size_t i = 0; i < all.said.n; i++)
		words += AT(said, range, i)->warrant == wi && AT(said, range, i)->kind == 3;
	if (sessions_lost > words && !torn)
		fault("%s: %lu sessions are not there at all, and %lu contexts were announced", w->liid, sessions_lost, words);
	if (live && lost > tap_lost + dropped + dropped_most)
		fault("%s: %lu packets are missing, %lu were counted by the tap", w->liid, lost, tap_lost);
}

static void all_streams(void)
{
	struct record *r = all.record.p, *end = r + all.record.n, *to;

	qsort(r, all.record.n, sizeof(*r), by_packet);
	for (uint32_t wi = 0; wi < all.warrant.n; wi++) {
		unsigned long began = 0, ended = 0, sessions = 0, over = 0;

		for (; r < end && r->warrant == wi && r->kind == 2; r++) {
			began += r->type == LI_IRI_BEGIN;
			ended += r->type == LI_IRI_END;
		}
		for (to = r; to < end && to->warrant == wi; to++)
			;
		if (AT(warrant, warrant, wi)->cc && !AT(warrant, warrant, wi)->passing)
			stream(wi, r, to);
		r = to;
		if (AT(warrant, warrant, wi)->passing)
			continue;
		for (uint32_t i = 0; i < all.session.n; i++) {
			const struct session *s = AT(session, session, i);

			sessions += s->subscriber == AT(warrant, warrant, wi)->subscriber;
			over += s->subscriber == AT(warrant, warrant, wi)->subscriber && s->how == 'e';
		}
		if (!lossless || refused || dropped || dropped_most || !AT(warrant, warrant, wi)->iri || AT(warrant, warrant, wi)->others)
			continue;
		if (ended != over || (live ? began < over : began != sessions))	/* a live tap's wait for N2 at the end */
			fault("%s: %lu sessions began and %lu ended, %lu and %lu are told", AT(warrant, warrant, wi)->liid, sessions, over, began, ended);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", 1, NULL, 'x' }, { "truth", 1, NULL, 't' }, { "out", 1, NULL, 'o' }, { "warrants", 1, NULL, 'w' },
		{ "said", 1, NULL, 's' }, { "used", 1, NULL, 'u' }, { "lossless", 0, NULL, 'l' }, { "live", 0, NULL, 'v' },
		{ "tap-lost", 1, NULL, 'T' }, { "dropped", 1, NULL, 'd' }, { "dropped-most", 1, NULL, 'D' }, { "resumed", 0, NULL, 'r' },
		{ "torn", 0, NULL, 'p' }, { "refused", 0, NULL, 'f' }, { "lost", 1, NULL, 'L' }, { NULL, 0, NULL, 0 }
	};
	const char *truth = NULL, *out = NULL, *warrants = NULL, *said = NULL, *used = NULL, *lost = NULL;
	struct record *r, *end, *to;
	size_t total;
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case 'x': seed = strtoull(optarg, NULL, 10); break;
		case 't': truth = optarg; break;
		case 'o': out = optarg; break;
		case 'w': warrants = optarg; break;
		case 's': said = optarg; break;
		case 'u': used = optarg; break;
		case 'l': lossless = true; break;
		case 'v': live = true; break;
		case 'r': resumed = true; break;
		case 'p': torn = true; break;
		case 'f': refused = true; break;
		case 'L': lost = optarg; counted = true; break;
		case 'T': tap_lost = strtoul(optarg, NULL, 10); break;
		case 'd': dropped = strtoul(optarg, NULL, 10); break;
		case 'D': dropped_most = strtoul(optarg, NULL, 10); break;
		default: return 2;
		}
	}
	if (!truth || !out || !warrants || !said || !used)
		return 2;
	lines(truth, truth_line);
	lines(warrants, warrant_line);
	lines(said, said_line);
	lines(used, used_line);
	if (lost)
		lines(lost, lost_line);
	if (!lives || !all.session.n)
		fault("the feeder told nothing");
	for (uint32_t i = 0; i < all.warrant.n; i++)
		for (unsigned kind = 2; kind <= 3; kind++)
			read_file(out, i, kind);
	total = all.record.n;
	qsort(all.record.p, all.record.n, sizeof(struct record), by_context);
	silent();
	for (r = all.record.p, end = r + all.record.n; r < end; r = to) {
		for (to = r; to < end && same(to, r); to++)
			;
		context(r, to);
	}
	if (lives)
		all_streams();
	if ((dropped && missing != dropped) || missing > dropped + dropped_most)
		fault("%lu numbers are missing, %lu were counted as dropped", missing, dropped + dropped_most);
	if (counted && beyond != beyond_said)
		fault("%lu numbers are missing of contexts that the audit log does not name, it counts %lu", beyond, beyond_said);
	printf("records %zu missing %lu not_issued %lu doubles %lu contexts %lu silent %lu lives %zu sessions %zu faults %u\n", total, missing, excused,
	       doubles, contexts, unseen, lives, all.session.n, faults);
	return faults != 0;
}
