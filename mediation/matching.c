/* matching.c: see matching.h. */
#include "mediation/matching.h"

#include <strings.h>

/* -- what a subject is -- */

struct identities {
	struct li_id id[3 + LI_UE_ADDRS];
	size_t n;
};

static void put(struct identities *x, const struct li_id *id)
{
	if (id->kind != LI_ID_NONE)
		x->id[x->n++] = *id;
}

/* TS 33.128 clause 4.4.2: calls and messages of IMS go through the session of its DNN, everything else is data. */
static uint8_t services_of(const struct li_smf_rec *r)
{
	bool ims = r->dnn.n >= 3 && strncasecmp((const char *)r->dnn.p, "ims", 3) == 0 && (r->dnn.n == 3 || r->dnn.p[3] == '.');

	return ims ? 1u << WARRANT_VOICE | 1u << WARRANT_MESSAGING : 1u << WARRANT_DATA;
}

uint8_t matching_services(const struct session *s)
{
	struct li_smf_rec r = { .kind = LI_SMF_ESTABLISHMENT };

	session_facts(s, &r);
	return services_of(&r);
}

/* -- whom it falls under -- */

static void note(void *arg, struct warrant *w)
{
	struct matching *x = arg;

	if (w->state == WARRANT_ACTIVE && (!x->services || !w->scope.services || (w->scope.services & x->services)) &&
	    x->n < LI_INTERCEPTS_SESSION)
		x->w[x->n++] = w;
}

static void match(struct mediate *m, const struct identities *ids, uint8_t services, struct matching *x)
{
	const struct subject subject = { ids->id, ids->n };

	x->n = 0;
	x->services = services;
	warrants_match(m->ws, &subject, note, x);
}

void matching_session(struct mediate *m, const struct session *s, struct matching *x)
{
	struct li_smf_rec r = { .kind = LI_SMF_ESTABLISHMENT };
	struct identities ids = { .n = 0 };

	session_facts(s, &r);
	put(&ids, &r.supi);
	put(&ids, &r.pei);
	put(&ids, &r.gpsi);
	for (size_t i = 0; i < r.n_ue; i++)
		put(&ids, &r.ue[i]);
	match(m, &ids, services_of(&r), x);
}

void matching_ue(struct mediate *m, const struct ue *u, struct li_amf_rec *facts, struct matching *x)
{
	struct identities ids = { .n = 0 };

	*facts = (struct li_amf_rec){ .kind = LI_AMF_LOCATION };
	ue_facts(u, facts);
	put(&ids, &facts->supi);
	put(&ids, &facts->pei);
	put(&ids, &facts->gpsi);
	match(m, &ids, 0, x);
}

bool matching_has(const struct matching *x, const struct warrant *w)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->w[i] == w)
			return true;
	return false;
}
