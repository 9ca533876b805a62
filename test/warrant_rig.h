/* warrant_rig.h: warrants without a store, told of as a line of words; documents of theirs in a macro each. */
#ifndef TEST_WARRANT_RIG_H
#define TEST_WARRANT_RIG_H

#include <stdarg.h>

#include "mediation/warrant/store.h"
#include "mediation/warrant/warrant.h"
#include "test/said.h"
#include "test/unit.h"

#define DID1 "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e01"
#define DID2 "9a1d8a56-5d2c-4c3e-9d5f-0a4b0c6f1e02"
#define XID1 "29f28e1c-f230-486a-a860-f5a784ab9171"
#define XID2 "29f28e1c-f230-486a-a860-f5a784ab9172"
#define D1 "  - {did: " DID1 ", name: a, address: \"h:1\", peer_name: p}\n"
#define D2 "  - {did: " DID2 ", name: b, address: \"h:2\", peer_name: p}\n"
#define W(liid, xid, did, imsi, start, end) "  - {liid: " liid ", xid: " xid ", delivery: HI2andHI3, start: 2026-01-01T00:00:" start \
	"Z, end: 2026-01-01T00:00:" end "Z, targets: [supiimsi: \"00101000000000" imsi "\"], destinations: [" did "]}\n"
#define T0 INT64_C(1767225600000000)
#define AT(s) (T0 + (s) * LI_US_SECOND)

/* What mediation is told, as a line of words. */
struct log { char text[4096]; bool deny_audit, deny_end; unsigned begun, acts; };

static inline void LI_PRINTF(2, 3) note(struct log *l, const char *fmt, ...)
{
	size_t n = strlen(l->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->text + n, sizeof(l->text) - n, fmt, ap);
	va_end(ap);
}

static const char *liid(const struct warrant *w)
{
	static char t[LI_LIID_MAX + 1];

	snprintf(t, sizeof(t), "%.*s", w->liid.n, (const char *)w->liid.p);
	return t;
}

static inline enum li_err act(void *arg, enum warrant_act a, const char *who, const struct warrant *w, const struct dest *d)
{
	struct log *l = arg;

	CU_ASSERT(!w != !d);
	CU_ASSERT_STRING_EQUAL(who, "test");
	CU_ASSERT_EQUAL(l->begun, 1);
	l->acts++;
	note(l, "(%s %s) ", warrant_act_name(a), w ? liid(w) : d->conf.name);
	return l->deny_audit ? LI_EIO : LI_OK;
}

static inline void acts_begin(void *arg) { ((struct log *)arg)->begun++; }
static inline enum li_err acts_end(void *arg)
{
	((struct log *)arg)->begun--;
	return ((struct log *)arg)->deny_end ? LI_EIO : LI_OK;
}
static inline void dest_added(void *arg, struct dest *d) { note(arg, "+%s ", d->conf.name); }
static inline void dest_changed(void *arg, struct dest *d, const struct hm_dest_conf *old) { note(arg, "~%s:%u<%u ", d->conf.name, d->conf.port, old->port); }
static inline void dest_removed(void *arg, struct dest *d) { note(arg, "-%s ", d->conf.name); }
static inline void added(void *arg, struct warrant *w) { note(arg, "+%s ", liid(w)); }
static inline void product_changed(void *arg, const struct task *t, const struct li_xid *old)
{
	note(arg, "product:%x<%x ", t->has_product_id ? t->product_id.b[15] : 0u, old ? old->b[15] : 0u);
}
static inline void changed(void *arg, struct warrant *w, const struct warrant *old)
{
	note(arg, "~%s:%lld<%lld ", liid(w), (long long)(w->end - T0) / 1000000, (long long)(old->end - T0) / 1000000);
}
static inline void removed(void *arg, struct warrant *w) { note(arg, "-%s ", liid(w)); }
static inline void started(void *arg, struct warrant *w, li_us t) { note(arg, "%s>%lld ", liid(w), (long long)(t - T0) / 1000000); }
static inline void ended(void *arg, struct warrant *w, li_us t) { note(arg, "%s<%lld ", liid(w), (long long)(t - T0) / 1000000); }

static li_us the_instant;	/* 0: not by the clock */
static inline li_us instant(void *arg) { (void)arg; return the_instant ? the_instant : INT64_MIN; }

static inline li_us latest(void *arg) { (void)arg; return the_instant ? the_instant : INT64_MAX; }

static const struct warrant_ops ops = { act, acts_begin, acts_end, NULL, dest_added, dest_changed, dest_removed, added, product_changed, changed, removed, started,
	ended, NULL, instant, latest, NULL };
static struct log lg;
static struct said sd;

static inline enum li_err apply_as(struct warrants *ws, const char *text, enum warrants_mode mode, const char *owner)
{
	struct view v = view_str(text);
	struct conf_warrants *f;
	struct warrants_count n;
	enum li_err e;

	sd.n = 0;
	lg.text[0] = 0;
	f = conf_warrants_load(NULL, "w.yaml", &v, warrants_known, ws, said_add, &sd);
	if (!f)
		said_print(&sd);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	e = warrants_apply(ws, f, mode, owner, "test", &n, said_add, &sd);
	conf_warrants_free(f);
	return e;
}

static inline enum li_err apply(struct warrants *ws, const char *text)
{
	return apply_as(ws, text, WARRANTS_REPLACE, WARRANT_OWNER_FILE);
}

static inline void advance(struct warrants *ws, li_us t)
{
	lg.text[0] = 0;
	warrants_advance(ws, t);
}

static inline struct warrants *fresh(void)
{
	memset(&lg, 0, sizeof(lg));
	return warrants_new(NULL, &ops, &lg);
}

static inline struct li_liid name(const char *s)
{
	struct li_liid l;

	CU_ASSERT_EQUAL(li_liid_read(view_str(s), &l), LI_OK);
	return l;
}
#endif
