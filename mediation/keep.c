/*
 * keep.c: the rows. A row is written when what it would hold is not what it holds: so whoever says that a session was touched
 * need not know whether that matters, and a turn that touched nothing of a target's costs no transaction.
 *
 * What must not be told twice, that an interception has begun or ended, is written with the turn that tells it. The rest
 * (where its tunnels go, who it is) waits for the next second: a session is set up in a dozen messages, and an older row
 * restores one that its own signalling brings up to date.
 *
 *   keep_beat	about every second: all that was touched is due
 *   keep_due	each that is due is written to memory (core_save) and compared, by a hash, with its row
 *   keep_put	into the transaction
 *   keep_done	committed: that is what the rows hold; or not: it is tried with the next one
 */
#include "mediation/keep.h"

#include <li/log.h>
#include <li/rd.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "mediation/core/map.h"
#include "mediation/x/comm.h"

#define FORM 1			/* of what stands before the core's part of a body */
#define SPARE (1 << 20)		/* a larger buffer is not kept from turn to turn */

/* Touched: due with the next commit, or in a second; and in a transaction. */
enum place_in { NONE, URGENT, TOUCHED, PENDING, LISTS };
TAILQ_HEAD(list_of_kept, kept);

struct kept {
	enum store_kept kind;
	uint64_t id;
	struct watched *wd;		/* a session; NULL: it is gone */
	struct ue *u;			/* a subscriber; NULL: he is gone */
	struct product *p;		/* a task; NULL: it is gone */
	struct kept *of;		/* a session's subscriber */
	size_t refs;			/* sessions whose `of` this is */
	bool stored, again;		/* again: touched while it is pending */
	uint8_t in;			/* enum place_in */
	uint64_t hash;			/* of what is stored, or is about to be */
	size_t at, len;			/* in keep.body; len 0: the row goes */
	TAILQ_ENTRY(kept) next;		/* of that list */
	TAILQ_ENTRY(kept) all;		/* subscribers and tasks */
};

struct keep {
	bool on, resuming;
	bool all_due;			/* keep_beat() */
	bool ask_all;			/* keep_warrants_changed() */
	struct list_of_kept list[LISTS][STORE_KEPT_KINDS];	/* by kind */
	struct list_of_kept others;	/* rows of no interception */
	size_t rows;
	uint64_t last_id;
	struct buf body;		/* of those that are pending */
	struct store_alive was;		/* what the last process left */
	bool has_was;
};

struct keep *keep_new(struct mediate *m)
{
	struct keep *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	TAILQ_INIT(&k->others);
	for (int i = 0; i < LISTS; i++)
		for (int kind = 0; kind < STORE_KEPT_KINDS; kind++)
			TAILQ_INIT(&k->list[i][kind]);
	buf_init(&k->body, 0);
	k->on = m->c.keep && m->c.resume_within > 0;
	k->has_was = store_alive(m->c.store, &k->was) == LI_OK;
	return k;
}

static bool is_other(enum store_kept kind)
{
	return kind == STORE_KEPT_UE || kind == STORE_KEPT_PRODUCT;
}

static struct kept *row_new(struct keep *k, enum store_kept kind, uint64_t id)
{
	struct kept *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->kind = kind;
	x->id = id;
	k->rows++;
	if (is_other(kind))
		TAILQ_INSERT_TAIL(&k->others, x, all);
	return x;
}

static void move(struct keep *k, struct kept *x, enum place_in to)
{
	if (x->in)
		TAILQ_REMOVE(&k->list[x->in][x->kind], x, next);
	x->in = (uint8_t)to;
	if (to)
		TAILQ_INSERT_TAIL(&k->list[to][x->kind], x, next);
}

static void touch(struct keep *k, struct kept *x, bool urgent)
{
	if (x->in == PENDING)		/* a commit failed: keep_due() looks at it anew */
		x->again = true;
	else if (x->in == NONE || (urgent && x->in == TOUCHED))
		move(k, x, urgent ? URGENT : TOUCHED);
}

static void forget(struct keep *k, struct kept *x)
{
	move(k, x, NONE);
	if (is_other(x->kind))
		TAILQ_REMOVE(&k->others, x, all);
	k->rows--;
	free(x);
}

/* A session is no longer its subscriber's. */
static void leave(struct keep *k, struct kept *x)
{
	if (!x->of)
		return;
	x->of->refs--;
	touch(k, x->of, false);
	x->of = NULL;
}

void keep_free(struct keep *k)
{
	if (!k)
		return;
	for (int i = URGENT; i < LISTS; i++)
		for (int kind = 0; kind < STORE_KEPT_KINDS; kind++)
			while (!TAILQ_EMPTY(&k->list[i][kind]))
				forget(k, TAILQ_FIRST(&k->list[i][kind]));
	while (!TAILQ_EMPTY(&k->others))
		forget(k, TAILQ_FIRST(&k->others));
	buf_wipe(&k->body);
	buf_fini(&k->body);
	free(k);
}

/* -- who has a row ------------------------------------------------------------------------------------------------- */

void keep_session(struct mediate *m, struct watched *wd, bool now)
{
	struct keep *k = m->keep;

	if (!wd || !wd->n || !k->on || k->resuming)	/* then it has a row */
		return;
	if (!wd->kept) {
		wd->kept = row_new(k, wd->s ? STORE_KEPT_SESSION : STORE_KEPT_COMM, ++k->last_id);
		if (!wd->kept)
			return;		/* it is intercepted, and forgotten by a restart */
		wd->kept->wd = wd;
	}
	touch(k, wd->kept, now);
}

void keep_session_gone(struct mediate *m, struct watched *wd)
{
	struct kept *x = wd->kept;

	if (!x)
		return;
	wd->kept = NULL;
	x->wd = NULL;
	leave(m->keep, x);
	touch(m->keep, x, true);
}

void keep_ue(struct mediate *m, struct ue *u)
{
	struct kept *x = ue_mediation(u);

	if (x)
		touch(m->keep, x, false);
}

static struct kept *row_of(struct keep *k, struct ue *u)
{
	struct kept *x = ue_mediation(u);

	if (x || !k->on)
		return x;
	x = row_new(k, STORE_KEPT_UE, ++k->last_id);
	if (!x)
		return NULL;
	x->u = u;
	ue_set_mediation(u, x);
	touch(k, x, false);
	return x;
}

void keep_wanted_ue(struct mediate *m, struct ue *u)
{
	(void)row_of(m->keep, u);
}

void keep_ue_gone(struct mediate *m, struct ue *u)
{
	struct kept *x = ue_mediation(u);

	if (!x)
		return;
	ue_set_mediation(u, NULL);
	x->u = NULL;
	touch(m->keep, x, false);
}

void keep_product(struct mediate *m, struct product *p)
{
	struct keep *k = m->keep;

	if (!k->on || k->resuming || (!p->kept && !product_is_kept(p)))
		return;
	if (!p->kept) {
		p->kept = row_new(k, STORE_KEPT_PRODUCT, ++k->last_id);
		if (!p->kept)
			return;
		p->kept->p = p;
	}
	touch(k, p->kept, true);
}

void keep_product_gone(struct mediate *m, struct product *p)
{
	struct kept *x = p->kept;

	if (!x)
		return;
	p->kept = NULL;
	x->p = NULL;
	touch(m->keep, x, true);
}

void keep_warrants_changed(struct mediate *m)
{
	m->keep->ask_all = true;	/* once, however many they are */
}

void keep_freeze(struct mediate *m)
{
	keep_beat(m);
	if (ledger_commit(m->ledger))
		m->count[MEDIATE_store_failed]++;
	m->keep->on = false;
}

/* -- writing ------------------------------------------------------------------------------------------------------- */

static enum li_err body_of_watched(struct mediate *m, struct kept *x, struct buf *b)
{
	const struct watched *wd = x->wd;
	enum li_err e = buf_put_uint(b, FORM, 1);

	if (!e)
		e = buf_put_uint(b, x->of ? x->of->id : 0, 8);
	if (!e)
		e = buf_put_uint(b, wd->n, 1);
	for (const struct intercept *ic = wd->list; ic && !e; ic = ic->next) {
		e = buf_put_uint(b, ic->handle, 8);
		if (!e)
			e = buf_put_uint(b, ic->cin.v, 4);
		if (!e)
			e = buf_put_uint(b, ic->begun, 1);
		if (!e)
			e = buf_put_uint(b, ic->liid.n, 1);
		if (!e)
			e = buf_put(b, ic->liid.p, ic->liid.n);
	}
	return e ? e : wd->s ? core_save(m->core, wd->s, b) : comm_save(comm_watched(wd), b);
}

/* The row's subscriber is the one that the session has now. */
static void belongs(struct mediate *m, struct kept *x)
{
	struct ue *u = session_ue(x->wd->s);
	struct kept *of = u ? row_of(m->keep, u) : NULL;

	if (of == x->of)
		return;
	leave(m->keep, x);
	x->of = of;
	if (of)
		of->refs++;
}

static uint64_t hash_of(struct view v)
{
	static const uint64_t one[2] = { 1, 2 }, two[2] = { 3, 4 };

	return (uint64_t)map_hash(one, v.p, v.n) << 32 | map_hash(two, v.p, v.n);
}

/* True: its row is not as it should be. */
static bool differs(struct mediate *m, struct kept *x)
{
	struct keep *k = m->keep;
	size_t from = k->body.n;
	enum li_err e = LI_OK;
	uint64_t hash;

	x->at = from;
	x->len = 0;
	if (x->kind == STORE_KEPT_UE && x->u && !x->refs && !mediate_wants_ue(m, x->u)) {
		ue_set_mediation(x->u, NULL);
		x->u = NULL;
	}
	if (x->p && !product_is_kept(x->p)) {
		x->p->kept = NULL;
		x->p = NULL;
	}
	if (x->wd) {
		if (x->kind == STORE_KEPT_SESSION)
			belongs(m, x);
		e = body_of_watched(m, x, &k->body);
	} else if (x->u) {
		e = core_save_ue(m->core, x->u, &k->body);
	} else if (x->p) {
		e = product_save(x->p, &k->body);
	} else {
		return x->stored;
	}
	if (e) {
		k->body.n = from;
		m->count[MEDIATE_keep_failed]++;
		return x->stored;	/* better no row than one of another time */
	}
	hash = hash_of(view_of(k->body.p + from, k->body.n - from));
	if (x->stored && hash == x->hash) {
		k->body.n = from;
		return false;
	}
	x->hash = hash;
	x->len = k->body.n - from;
	return true;
}

/* Is there nothing that would go on, or go, with it? A subscriber stays while a session's row names him. */
static bool is_over(const struct kept *x)
{
	return !x->wd && !x->u && !x->p && !x->refs;
}

static void look_at(struct mediate *m, enum place_in which, enum store_kept kind)
{
	struct keep *k = m->keep;
	struct kept *x;

	while ((x = TAILQ_FIRST(&k->list[which][kind]))) {
		if (differs(m, x))
			move(k, x, PENDING);
		else if (is_over(x))
			forget(k, x);	/* it never had a row */
		else
			move(k, x, NONE);
	}
}

bool keep_due(void *arg)
{
	struct mediate *m = arg;
	struct keep *k = m->keep;
	bool any = false;

	if (!k->on)
		return false;
	for (int kind = 0; kind < STORE_KEPT_KINDS; kind++) {
		struct kept *x;

		while ((x = TAILQ_FIRST(&k->list[PENDING][kind]))) {	/* it was not committed: once more, as it is by now */
			x->hash = ~x->hash;	/* of what may not be there */
			move(k, x, URGENT);
		}
	}
	k->body.n = 0;
	if (k->ask_all) {
		struct kept *x;

		TAILQ_FOREACH(x, &k->others, all)
			touch(k, x, false);
		k->ask_all = false;
	}
	/* a session gives its subscriber a row, which is due in a second then */
	for (int kind = STORE_KEPT_KINDS; kind-- > 0;)
		look_at(m, URGENT, (enum store_kept)kind);
	for (int kind = STORE_KEPT_KINDS; k->all_due && kind-- > 0;)
		look_at(m, TOUCHED, (enum store_kept)kind);
	k->all_due = false;
	for (int kind = 0; kind < STORE_KEPT_KINDS; kind++)
		any |= !TAILQ_EMPTY(&k->list[PENDING][kind]);
	return any;
}

static void alive_now(struct mediate *m, struct store_alive *a)
{
	*a = (struct store_alive){ .wall = m->c.clock(), .steady = m->c.steady ? m->c.steady() : 0, .capture = m->now };
	snprintf(a->boot, sizeof(a->boot), "%s", m->c.boot ? m->c.boot : "");
}

enum li_err keep_put(void *arg)
{
	struct mediate *m = arg;
	struct store_alive a;
	enum li_err e = LI_OK;
	bool any = false;

	for (int kind = 0; kind < STORE_KEPT_KINDS; kind++) {
		const struct kept *x;

		TAILQ_FOREACH(x, &m->keep->list[PENDING][kind], next) {
			if (e)
				return e;
			any = true;
			if (x->len)
				e = store_kept_put(m->c.store, x->kind, x->id, view_of(m->keep->body.p + x->at, x->len));
			else
				e = store_kept_del(m->c.store, x->id);
		}
	}
	if (e || !any)
		return e;
	alive_now(m, &a);
	return store_set_alive(m->c.store, &a);
}

void keep_done(void *arg, bool good)
{
	struct mediate *m = arg;
	struct keep *k = m->keep;

	buf_wipe(&k->body);
	if (k->body.cap > SPARE) {
		buf_fini(&k->body);
		buf_init(&k->body, 0);
	}
	for (int kind = 0; good && kind < STORE_KEPT_KINDS; kind++) {
		struct kept *x;

		while ((x = TAILQ_FIRST(&k->list[PENDING][kind]))) {
			x->stored = x->len != 0;
			move(k, x, x->again ? TOUCHED : NONE);
			x->again = false;
			if (is_over(x) && !x->in)
				forget(k, x);
		}
	}
}

void keep_beat(struct mediate *m)
{
	struct store_alive a;

	if (!m->keep->on || !m->keep->rows)
		return;
	m->keep->all_due = true;	/* with the next commit */
	alive_now(m, &a);
	if (store_set_alive(m->c.store, &a))
		li_log(LI_LOG_DEBUG, "store: that the process lives could not be kept");
}

/* -- going on ------------------------------------------------------------------------------------------------------ */

/*
 * While nobody looked the network went on: for a gap of `within` at the most it is likely that a session is still what it was, and
 * what came of it meanwhile is missed anyway. The gap is the longer of two: by the clock, and by the one that nobody sets, of the
 * same start of the machine. By a clock that was set back nobody knows how long it was.
 */
const char *keep_verdict(const struct store_alive *a, li_us wall, li_us steady, const char *boot, li_us within)
{
	if (within <= 0)
		return "resume_within is 0";
	if (!a)
		return "nobody knows when the last process lived";
	if (wall < a->wall)
		return "the clock was set back";
	if (wall - a->wall > within || (a->boot[0] && strcmp(a->boot, boot) == 0 && steady - a->steady > within))
		return "the last process ended too long ago";
	return NULL;
}

static const char *verdict(struct mediate *m)
{
	if (m->c.start_empty)
		return "start_empty";
	if (!m->c.keep)
		return "the taps begin anew";
	return keep_verdict(m->keep->has_was ? &m->keep->was : NULL, m->c.clock(), m->c.steady ? m->c.steady() : 0,
			    m->c.boot ? m->c.boot : "", m->c.resume_within);
}

li_us keep_since(struct mediate *m)
{
	return verdict(m) ? 0 : m->keep->was.capture;
}

struct resuming {
	struct mediate *m;
	const char *why;		/* nothing goes on; NULL: it may */
	struct core_resume r;
	size_t n, sessions, interceptions, lost, damaged;
	struct kept **ue;		/* those that were there, in the order of their numbers */
	size_t n_ue, room;
};

/* The row goes at the end of the turn. */
static void drop_row(struct mediate *m, enum store_kept kind, uint64_t id)
{
	struct kept *x = row_new(m->keep, kind, id);

	if (!x)
		return;
	x->stored = true;
	touch(m->keep, x, true);
}

static void damaged(struct resuming *z, enum store_kept kind, uint64_t id, enum li_err why)
{
	static const char *const name[STORE_KEPT_KINDS] = { "subscriber", "session", "communication", "task" };
	char row[24];
	const struct audit_field f[] = { { "row", row }, { "kind", name[kind] }, { "why", li_err_text(why) } };

	snprintf(row, sizeof(row), "%" PRIu64, id);
	if (audit_write(z->m->c.audit, z->m->c.clock(), "resume-damaged", "mdfd", f, 3))
		z->m->count[MEDIATE_audit_failed]++;
	z->m->count[MEDIATE_resume_damaged]++;
	z->damaged++;
	drop_row(z->m, kind, id);
}

static void lost(struct resuming *z, const struct intercept_was *was, const char *why)
{
	char liid[LI_LIID_TEXT] = "", cin[11], at[LI_RFC3339_MAX];
	const struct audit_field f[] = { { "liid", liid }, { "cin", cin }, { "at", at }, { "why", why } };

	li_liid_text(&was->liid, liid);
	snprintf(cin, sizeof(cin), "%" PRIu32, was->cin.v);
	li_rfc3339(z->m->now ? z->m->now : z->m->c.clock(), at);
	if (audit_write(z->m->c.audit, z->m->c.clock(), "interception-lost", "mdfd", f, 4))
		z->m->count[MEDIATE_audit_failed]++;
	z->m->count[MEDIATE_resume_lost]++;
	z->lost++;
}

static void on_ue_row(struct resuming *z, uint64_t id, struct view body)
{
	struct kept *x = NULL;
	struct ue *u = NULL;
	enum li_err e;

	if (z->why) {
		drop_row(z->m, STORE_KEPT_UE, id);
		return;
	}
	if (z->n_ue == z->room) {
		size_t room = z->room ? 2 * z->room : 64;
		struct kept **more = realloc(z->ue, room * sizeof(*more));

		if (!more)
			return;
		z->ue = more;
		z->room = room;
	}
	e = core_restore_ue(z->m->core, body, &z->r, &u);
	if (e) {
		damaged(z, STORE_KEPT_UE, id, e);
		return;
	}
	x = row_new(z->m->keep, STORE_KEPT_UE, id);
	if (!x) {
		core_forget_ue(z->m->core, u);
		return;
	}
	x->u = u;
	x->stored = true;
	x->hash = hash_of(body);
	ue_set_mediation(u, x);
	touch(z->m->keep, x, true);
	z->ue[z->n_ue++] = x;
}

static struct kept *find_ue(const struct resuming *z, uint64_t id)
{
	size_t from = 0, to = z->n_ue;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (z->ue[mid]->id == id)
			return z->ue[mid];
		if (z->ue[mid]->id < id)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

static enum li_err read_was(struct rd *r, struct intercept_was *was)
{
	uint8_t n;

	*was = (struct intercept_was){ .handle = rd_u64(r) };
	was->cin.v = rd_u32(r);
	was->begun = rd_u8(r) != 0;
	n = rd_u8(r);
	if (n == 0 || n > LI_LIID_MAX)
		return LI_EFORMAT;
	was->liid.n = n;
	rd_copy(r, was->liid.p, n);
	return r->err;
}

/* What stands before the core's part of a body, or a communication's. */
struct head {
	uint64_t of;			/* a session's subscriber */
	uint8_t n;
	struct intercept_was was[INTERCEPTS_WATCHED];
};

static enum li_err read_head(struct rd *r, struct head *h)
{
	uint8_t form = rd_u8(r);
	enum li_err e = LI_OK;

	h->of = rd_u64(r);
	h->n = rd_u8(r);
	if (r->err || form != FORM || h->n == 0 || h->n > INTERCEPTS_WATCHED)
		return r->err ? r->err : form != FORM ? LI_EUNKNOWN : LI_EFORMAT;
	for (uint8_t i = 0; i < h->n && !e; i++)
		e = read_was(r, &h->was[i]);
	return e;
}

static void went_on(struct resuming *z, const struct intercept_was *was, const char *why)
{
	if (why)
		lost(z, was, why);
	else
		z->interceptions++;
}

/* Its row is what is there by now; NULL: it goes. */
static void row_of_watched(struct resuming *z, enum store_kept kind, uint64_t id, struct view body, struct watched *wd, struct kept *of)
{
	struct mediate *m = z->m;
	struct kept *x = wd && wd->n ? row_new(m->keep, kind, id) : NULL;

	if (!x) {
		drop_row(m, kind, id);
		return;
	}
	x->wd = wd;
	x->stored = true;
	x->hash = hash_of(body);
	x->of = of;
	if (of)
		of->refs++;
	wd->kept = x;
	touch(m->keep, x, true);
	z->sessions++;
}

static void on_session_row(struct resuming *z, uint64_t id, struct view body)
{
	struct mediate *m = z->m;
	struct rd r = rd_of(body);
	struct head h;
	enum li_err e = read_head(&r, &h);
	struct kept *of = e ? NULL : find_ue(z, h.of);
	struct session *s = NULL;
	struct watched *wd;

	if (!e && !z->why)
		e = core_restore(m->core, rd_rest(&r), &z->r, of ? of->u : NULL, &s);
	if (e) {
		damaged(z, STORE_KEPT_SESSION, id, e);
		return;
	}
	for (uint8_t i = 0; i < h.n; i++)
		went_on(z, &h.was[i], z->why ? z->why : mediate_resume_one(m, s, &h.was[i]));
	wd = s ? session_mediation(s) : NULL;
	row_of_watched(z, STORE_KEPT_SESSION, id, body, wd, wd ? of : NULL);
	if (s && !wd)
		core_forget(m->core, s);
}

static void on_comm_row(struct resuming *z, uint64_t id, struct view body)
{
	struct mediate *m = z->m;
	struct rd r = rd_of(body);
	const char *why = z->why ? z->why : !m->x ? "X2 and X3 are not configured any more" : NULL;
	struct comm *c = NULL;
	struct head h;
	enum li_err e = read_head(&r, &h);

	if (!e && !why)
		e = comm_restore(m->x, rd_rest(&r), m->now, &c);	/* none: its task was ended */
	if (e) {
		damaged(z, STORE_KEPT_COMM, id, e);
		return;
	}
	for (uint8_t i = 0; i < h.n; i++)
		went_on(z, &h.was[i], why ? why : c ? comm_resume(c, &h.was[i], m->now) : "its warrant was ended meanwhile");
	if (c)		/* for warrants that came into force meanwhile */
		comm_open(c, m->now);
	row_of_watched(z, STORE_KEPT_COMM, id, body, c ? &c->wd : NULL, NULL);
}

static void on_product_row(struct resuming *z, uint64_t id, struct view body)
{
	struct mediate *m = z->m;
	struct product *p = NULL;
	struct kept *x;
	enum li_err e = z->why || !m->x ? LI_OK : product_restore(m->x, body, m->now, &p);

	if (e) {
		damaged(z, STORE_KEPT_PRODUCT, id, e);
		return;
	}
	x = p ? row_new(m->keep, STORE_KEPT_PRODUCT, id) : NULL;
	if (!x) {
		drop_row(m, STORE_KEPT_PRODUCT, id);
		return;
	}
	x->p = p;
	p->kept = x;
	x->stored = true;
	x->hash = hash_of(body);
	touch(m->keep, x, true);
}

static void on_row(void *arg, enum store_kept kind, uint64_t id, struct view body, enum li_err bad)
{
	struct resuming *z = arg;

	z->n++;
	if (id > z->m->keep->last_id && id < INT64_MAX)	/* the last that there can be is none of ours, and left none to follow */
		z->m->keep->last_id = id;
	if ((unsigned)kind >= STORE_KEPT_KINDS) {
		bad = LI_EUNKNOWN;
		kind = STORE_KEPT_SESSION;	/* to go it needs a list to stand in */
	}
	if (bad)
		damaged(z, kind, id, bad);
	else if (kind == STORE_KEPT_UE)
		on_ue_row(z, id, body);
	else if (kind == STORE_KEPT_SESSION)
		on_session_row(z, id, body);
	else if (kind == STORE_KEPT_COMM)
		on_comm_row(z, id, body);
	else
		on_product_row(z, id, body);
}

void keep_resume(struct mediate *m)
{
	struct resuming z = { .m = m, .why = verdict(m), .r = { m->now, (unsigned)m->c.n_points } };
	bool on = m->keep->on;
	enum li_err e;

	/* rows of a service that keeps none go, too: the turn's end does it */
	m->keep->on = m->keep->resuming = true;
	mediate_turn_begin(m);
	ledger_at_once(m->ledger, false);	/* nothing is captured yet: their rows may wait for the turn's end */
	e = store_kept_all(m->c.store, on_row, &z);
	/* subscribers that no warrant wants any more */
	for (size_t i = 0; i < z.n_ue; i++)
		if (z.ue[i]->u && !z.ue[i]->refs && !mediate_wants_ue(m, z.ue[i]->u))
			core_forget_ue(m->core, z.ue[i]->u);
	m->keep->resuming = false;
	mediate_turn_end(m);
	ledger_at_once(m->ledger, !m->c.wait);
	m->keep->on = on;
	free(z.ue);
	if (e) {
		li_log(LI_LOG_ERR, "store: the sessions that the last process left cannot be read: %s", li_err_text(e));
		m->count[MEDIATE_resume_damaged]++;
		if (store_kept_forget(m->c.store))
			li_log(LI_LOG_ERR, "store: nor be deleted");
	}
	ledger_forgets(m->ledger);
	if (z.n && z.why)
		li_log(LI_LOG_WARNING, "%zu interceptions of the last process do not go on: %s", z.lost, z.why);
	else if (z.n)
		li_log(LI_LOG_NOTICE, "the last process left %zu sessions under interception: %zu interceptions go on, %zu do not, %zu rows"
		       " were damaged", z.sessions, z.interceptions, z.lost, z.damaged);
}
