/*
 * fuzz_save.c: octets as what an earlier process saved of sessions and subscribers. Input: for each an octet that says which (0 a
 * subscriber, else a session of the last one), two octets of length, the form. What is taken is a session like any other, and
 * can be saved again, as what gives the same once more.
 */
#include <stdlib.h>

#include <li/buf.h>
#include <li/log.h>
#include <li/rd.h>
#include "mediation/core/core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static long tunnels;

static void on_session(void *arg, struct session *s, li_us t, unsigned tap)
{
	struct li_smf_rec r;

	(void)arg, (void)t, (void)tap;
	session_facts(s, &r);
	if (r.n_dl > 4 || r.n_ue > LI_UE_ADDRS)
		abort();
}

static void changed(void *arg, struct session *s, li_us t, unsigned tap, unsigned changes)
{
	(void)changes;
	on_session(arg, s, t, tap);
}

static void ended(void *arg, struct session *s, li_us t, unsigned tap, const struct session_end *e)
{
	(void)e;
	on_session(arg, s, t, tap);
}

static void touched(void *arg, struct session *s)
{
	on_session(arg, s, 0, 0);
}

static void failed(void *arg, struct session *s, li_us t, unsigned tap, const struct session_fail *f)
{
	(void)f;
	on_session(arg, s, t, tap);
}

static void tunnel(void *arg, struct session *s, bool there, enum tunnel_kind kind, const struct li_addr *a, uint32_t teid)
{
	(void)arg, (void)s, (void)teid;
	if (!a->family || kind > TUNNEL_CP)
		abort();
	tunnels += there ? 1 : -1;
}

static void on_ue(void *arg, struct ue *u, li_us t, unsigned tap)
{
	struct li_amf_rec r;

	(void)arg, (void)t, (void)tap;
	ue_facts(u, &r);
}

static void ue_touched(void *arg, struct ue *u)
{
	on_ue(arg, u, 0, 0);
}

static const struct core_ops ops = { on_session, on_session, on_session, changed, ended, touched, failed, tunnel, on_ue, on_ue, ue_touched,
				     on_session, touched, ue_touched };

static void again(const struct core_conf *conf, const struct core_resume *r, const struct buf *b, bool ue)
{
	struct core *c = core_new(conf, &ops, NULL);
	struct session *s;
	struct ue *u;

	if (!c)
		return;
	if (ue ? core_restore_ue(c, buf_view(b), r, &u) : core_restore(c, buf_view(b), r, NULL, &s))
		abort();
	core_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct core_conf conf = { { 1, 2 } };
	const struct core_resume resume = { 1000 * LI_US_SECOND, 2 };
	struct core *c = core_new(&conf, &ops, NULL);
	struct rd r = rd_of(view_of(data, size));
	struct ue *u = NULL;
	struct buf b;

	li_log_level(LI_LOG_ERR);
	tunnels = 0;
	buf_init(&b, 0);
	while (c && rd_left(&r)) {
		uint8_t what = rd_u8(&r);
		struct view v = rd_take(&r, rd_u16(&r));
		struct session *s = NULL;
		struct ue *n = NULL;

		b.n = 0;
		if (what) {
			if (core_restore(c, v, &resume, u, &s) == LI_OK) {
				on_session(NULL, s, 0, 0);
				if (!session_is_unconfirmed(s) || core_save(c, s, &b))
					abort();
				again(&conf, &resume, &b, false);
			}
		} else if (core_restore_ue(c, v, &resume, &n) == LI_OK) {
			u = n;
			ue_touched(NULL, u);
			if (core_save_ue(c, u, &b))
				abort();
			again(&conf, &resume, &b, true);
		}
	}
	buf_fini(&b);
	if (c)
		core_advance(c, resume.now + 48 * 3600 * LI_US_SECOND);
	core_free(c);
	if (tunnels)
		abort();
	return 0;
}
