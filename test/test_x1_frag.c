/* test_x1_frag.c: what a task, a destination or an object was sent with comes back as the same, whoever's hand it was in. */
#include "mediation/x1/x1_frag.h"

#include "test/x1_made.h"

static struct x1_reader *reader;

/* The same seed twice: as a peer writes it, and plainly; what is read of the first must be the second. */
static void same(uint64_t seed, const char *type, void (*body)(struct maker *m), void (*plain_body)(struct maker *m))
{
	static const char *const release[] = { "r19:v2", "r18:v6", "r17:v3", "r16:v1" };
	struct buf noisy, plain;
	struct maker m = { .b = &noisy, .seed = seed, .whim = seed * 7 + 1, .release = release[seed % 4] };
	struct x1_doc *d = NULL;
	struct x1_top top;
	struct view xml;
	enum li_err e;

	buf_init(&noisy, 0);
	buf_init(&plain, 0);
	make_document(&m, type, body);
	m = (struct maker){ .b = &plain, .seed = seed, .release = release[seed % 4] };
	plain_body(&m);
	e = x1_read(reader, buf_view(&noisy), &d, &top);
	CU_ASSERT_EQUAL(e, LI_OK);
	if (e) {
		fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, top.why);
		goto out;
	}
	CU_ASSERT_EQUAL(d->msg[0].error.code, 0);
	if (d->msg[0].error.code) {
		fprintf(stderr, "seed %" PRIu64 ": %d %s\n%.*s\n", seed, d->msg[0].error.code, (const char *)d->msg[0].error.text.p, (int)plain.n, (const char *)plain.p);
		goto out;
	}
	xml = d->msg[0].type == X1_ACTIVATE_TASK ? d->msg[0].u.task.xml : d->msg[0].type == X1_CREATE_DESTINATION ? d->msg[0].u.dest.xml : d->msg[0].u.object.xml;
	CU_ASSERT(view_eq(xml, buf_view(&plain)));
	if (!view_eq(xml, buf_view(&plain)))
		fprintf(stderr, "seed %" PRIu64 "\n%.*s\n%.*s\n", seed, (int)xml.n, (const char *)xml.p, (int)plain.n, (const char *)plain.p);

	struct x1_arena *a = x1_arena_new();	/* and what is stored reads as the same thing again */

	if (d->msg[0].type == X1_ACTIVATE_TASK) {
		struct x1_task *t = &d->msg[0].u.task, again;

		CU_ASSERT_EQUAL(x1_read_task(reader, xml, a, &again), LI_OK);
		CU_ASSERT(view_eq(again.xml, xml));
		CU_ASSERT(memcmp(&again.xid, &t->xid, sizeof(t->xid)) == 0 && again.n_targets == t->n_targets && again.n_mediation == t->n_mediation);
		CU_ASSERT(again.young == t->young && again.services == t->services && again.correlation == t->correlation && again.extensions.n == t->extensions.n);
		for (size_t i = 0; i < again.n_targets && i < t->n_targets; i++)
			CU_ASSERT(again.target[i].kind == t->target[i].kind && again.target[i].id.kind == t->target[i].id.kind &&
				  view_eq(again.target[i].id.text, t->target[i].id.text));
		for (size_t i = 0; i < again.n_mediation && i < t->n_mediation; i++)
			CU_ASSERT(again.mediation[i].liid.n == t->mediation[i].liid.n && again.mediation[i].start == t->mediation[i].start &&
				  again.mediation[i].n_scopes == t->mediation[i].n_scopes);
	} else if (d->msg[0].type == X1_CREATE_DESTINATION) {
		struct x1_dest again;

		CU_ASSERT_EQUAL(x1_read_dest(reader, xml, a, &again), LI_OK);
		CU_ASSERT(view_eq(again.xml, xml) && again.port == d->msg[0].u.dest.port && view_eq(again.name, d->msg[0].u.dest.name));
	} else {
		struct x1_object again;

		CU_ASSERT_EQUAL(x1_read_object(reader, xml, a, &again), LI_OK);
		CU_ASSERT(view_eq(again.xml, xml) && again.kind == d->msg[0].u.object.kind && again.set.n == d->msg[0].u.object.set.n &&
			  view_eq(again.hash.salt, d->msg[0].u.object.hash.salt) && view_eq(again.type, d->msg[0].u.object.type));
	}
	x1_arena_free(a);
out:
	x1_doc_free(d);
	buf_fini(&noisy);
	buf_fini(&plain);
}

static void create_object(struct maker *m)
{
	make_object(m, "createObject");
}

static void plain_object(struct maker *m)
{
	make_object(m, "object");
}

static void tasks(void)
{
	for (uint64_t i = 1; i <= unit_rounds(2000); i++)
		same(i, "ActivateTaskRequest", make_task, make_task);
}

static void destinations(void)
{
	for (uint64_t i = 1; i <= unit_rounds(300); i++)
		same(i, "CreateDestinationRequest", make_dest, make_dest);
}

static void objects(void)
{
	for (uint64_t i = 1; i <= unit_rounds(300); i++)
		same(i, "CreateObjectRequest", create_object, plain_object);
}

static void fits(const char *in, unsigned minor, const char *out)
{
	struct buf b;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL(x1_frag_fit(view_str(in), minor, &b), LI_OK);
	CU_ASSERT(view_eq(buf_view(&b), view_str(out)));
	if (!view_eq(buf_view(&b), view_str(out)))
		fprintf(stderr, "%.*s\n", (int)b.n, (const char *)b.p);
	buf_fini(&b);
}

#define LATER "<targetIdentifierExtension><Owner>a target identifier of a later version of X1</Owner></targetIdentifierExtension>"

static void what_is_younger_is_left_out(void)
{
	fits("<t><a>1</a><listOfTrafficPolicyReferences><b>2</b></listOfTrafficPolicyReferences></t>", 11, "<t><a>1</a></t>");
	fits("<t><a>1</a><listOfTrafficPolicyReferences/><c/></t>", 11, "<t><a>1</a><c/></t>");
	fits("<t><vrf>x</vrf><vrf>y</vrf></t>", 11, "<t>" LATER LATER "</t>");
	fits("<t><tcpPortList><tcpPort>2</tcpPort></tcpPortList><imsi>1</imsi></t>", 11, "<t>" LATER "<imsi>1</imsi></t>");
	fits("<t><hashedIdentifier><h:hashDigest>00</h:hashDigest></hashedIdentifier></t>", 9, "<t>" LATER "</t>");
	fits("<t><vrf>x</vrf></t>", 12, "<t><vrf>x</vrf></t>");
	fits("<t><vrfx>x</vrfx></t>", 0, "<t><vrfx>x</vrfx></t>");
	fits("", 0, "");
	fits("<vrf>", 0, LATER);	/* cut off: no fragment of ours, and no read past its end */
}

static void text_is_escaped(void)
{
	static const struct { const char *in, *out; } v[] = {
		{ "a<b>&\"c", "a&lt;b&gt;&amp;&quot;c" }, { "\r\n\t", "&#13;\n\t" }, { "\x01\x7f\x1f", "?\x7f?" }, { "\xc3\xa9\xf0\x9f\x98\x80", "\xc3\xa9\xf0\x9f\x98\x80" },
		{ "\xc3", "?" }, { "\xed\xa0\x80", "???" }, { "\xef\xbf\xbf", "???" }, { "\xc0\x80", "??" }, { "\xff\xfe", "??" },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct buf b;

		buf_init(&b, 0);
		CU_ASSERT_EQUAL(x1_frag_escape(view_str(v[i].in), &b), LI_OK);
		CU_ASSERT(b.n == strlen(v[i].out) && memcmp(b.p, v[i].out, b.n) == 0);
		if (b.n != strlen(v[i].out) || memcmp(b.p, v[i].out, b.n) != 0)
			fprintf(stderr, "%zu: %.*s\n", i, (int)b.n, (const char *)b.p);
		buf_fini(&b);
	}
}

static void what_is_no_fragment_is_refused(void)
{
	static const char *const bad[] = { "", "<taskDetails>", "<taskDetails/><taskDetails/>", "<destinationDetails/>", "</f><f>", "x", "<!DOCTYPE a>" };
	struct x1_task t;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct x1_arena *a = x1_arena_new();

		CU_ASSERT_EQUAL(x1_read_task(reader, view_str(bad[i]), a, &t), LI_EFORMAT);
		x1_arena_free(a);
	}
}

static void set_up(void)
{
	reader = x1_reader_new(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
}

static void tear_down(void)
{
	x1_reader_free(reader);
	reader = NULL;
}

UNIT_MAIN("x1_frag", UNIT(set_up), UNIT(tasks), UNIT(destinations), UNIT(objects), UNIT(what_is_younger_is_left_out), UNIT(text_is_escaped),
	  UNIT(what_is_no_fragment_is_refused), UNIT(tear_down))
