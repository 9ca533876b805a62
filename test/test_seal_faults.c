/*
 * test_seal_faults.c: what the manager sends, with its integrity checks, on the way to a LEMF that it does not reach as it was: a bit, a PDU, a Hash, an order,
 * a number. Each is found, and the chain and the numbers are named. HO-INT-014, HO-INT-015.
 */
#include "test/hm_rig.h"

#include <ftw.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handover/lemf_check.h"

#define RECORDS 40
#define A_RUN 10		/* records a Hash */
#define PDUS 64

struct stream {			/* as it was sent, PDU by PDU */
	struct buf octets;
	struct { size_t at, n; enum ps_payload kind; uint32_t number, check; } pdu[PDUS];
	size_t n;
};

static EVP_PKEY *signer;
static struct stream sent;

static void agree(unsigned i, struct hm_dest_conf *c)
{
	static char file[300];
	FILE *f;

	(void)i;
	snprintf(file, sizeof(file), "%s/sign.key", certs.dir);
	signer = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	f = fopen(file, "w");
	CU_ASSERT_FATAL(f && PEM_write_PrivateKey(f, signer, NULL, NULL, 0, NULL, NULL) == 1 && fclose(f) == 0 && chmod(file, 0600) == 0);
	c->hash = PS_HASH_SHA256;
	c->data_pdu_count = A_RUN;
	c->hash_pdu_count = RECORDS / A_RUN;
	c->hash_timeout = c->sign_timeout = 3600 * LI_US_SECOND;
	c->sign_key = file;
}

static void take(struct peer *p)
{
	struct peer_pdu *pdu;
	size_t n = peer_take(p, &pdu);

	for (size_t i = 0; i < n; i++) {
		struct ps_check k = { 0 };
		const char *what;
		struct ps_pdu d;
		size_t at;

		CU_ASSERT_EQUAL_FATAL(ps_decode(view_of(pdu[i].octets, pdu[i].n), &d, &at, &what), LI_OK);
		if (d.kind != PS_CC && (d.kind != PS_TRI || d.tri != PS_TRI_INTEGRITY))
			continue;
		CU_ASSERT_FATAL(sent.n < PDUS);
		CU_ASSERT(d.kind == PS_CC || ps_check_read(d.tri_body, &k) == LI_OK);
		sent.pdu[sent.n].at = sent.octets.n;
		sent.pdu[sent.n].n = pdu[i].n;
		sent.pdu[sent.n].kind = d.kind;
		sent.pdu[sent.n].number = d.number;
		sent.pdu[sent.n++].check = k.type;
		CU_ASSERT_EQUAL_FATAL(buf_put(&sent.octets, pdu[i].octets, pdu[i].n), LI_OK);
	}
	free(pdu);
}

static void made(void)
{
	struct rig *r;
	struct hm_ctx *c;

	if (sent.n)
		return;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 31);
	r = rig_new(1, agree);
	c = ctx_new(r, LI_HI3, "LI-1", 7);
	atomic_store(&r->peer[0].keep, true);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI3] == 1));
	for (unsigned i = 0; i < RECORDS; i++) {
		struct hm_packet p = packet(60 + i * 13);

		CU_ASSERT_EQUAL(hm_cc(c, 0, now(), &p, false), LI_OK);
	}
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_TRI, PS_TRI_INTEGRITY) == RECORDS / A_RUN + 1));
	take(&r->peer[0]);
	hm_ctx_free(c);
	rig_free(r);
}

/* Where record number n, or the check of that type and number, is in the stream. */
static size_t place(uint32_t check, uint32_t number)
{
	for (size_t i = 0; i < sent.n; i++)
		if (sent.pdu[i].check == check && sent.pdu[i].number == number)
			return i;
	CU_FAIL_FATAL("no such PDU");
	return 0;
}

static int rm(const char *p, const struct stat *st, int kind, struct FTW *f)
{
	(void)st, (void)kind, (void)f;
	return remove(p);
}

/* What the LEMF says of the PDUs in this order; spoil: this octet of the octets is another. */
static struct buf said_of(const size_t order[], size_t n, size_t spoil, struct lemf_stats *stats)
{
	static const uint8_t sha[32] = { 0xab };
	static const struct lemf_source from = { .id = 1, .address = "127.0.0.1:60000", .subject = "CN=mdf", .sha256 = sha };
	struct lemf_keys keys = { 0 };
	char dir[] = "/tmp/openmdf-faults.XXXXXX", path[200], err[300];
	struct buf events = { 0 };
	struct lemf_store *s;
	FILE *f;
	int c;

	CU_ASSERT_FATAL(mkdtemp(dir) && EVP_PKEY_up_ref(signer) == 1 && lemf_keys_signer(&keys, signer) == LI_OK);
	s = lemf_store_open(dir, 42, now(), err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	lemf_store_keys(s, &keys);
	sent.octets.p[spoil] ^= spoil ? 0x10 : 0;
	for (size_t i = 0; i < n; i++) {
		struct view v = view_of(sent.octets.p + sent.pdu[order[i]].at, sent.pdu[order[i]].n);
		const char *what;
		struct ps_pdu p;
		size_t at;

		CU_ASSERT_EQUAL_FATAL(ps_decode(v, &p, &at, &what), LI_OK);
		CU_ASSERT_EQUAL(lemf_store_put(s, &p, &from, now()), LI_OK);
	}
	sent.octets.p[spoil] ^= spoil ? 0x10 : 0;
	CU_ASSERT(lemf_store_end(s, now()) == LI_OK && lemf_store_settle(s, now()) == LI_OK && lemf_dir_sync(lemf_store_dir(s)) == LI_OK);
	*stats = *lemf_store_stats(s);
	lemf_store_close(s);
	snprintf(path, sizeof(path), "%s/NL-OP01-LI-1/events.jsonl", dir);
	f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while ((c = getc(f)) != EOF)
		CU_ASSERT_EQUAL_FATAL(buf_put(&events, &(char){ (char)c }, 1), LI_OK);
	fclose(f);
	CU_ASSERT_EQUAL_FATAL(buf_put(&events, "", 1), LI_OK);
	nftw(dir, rm, 16, FTW_DEPTH | FTW_PHYS);
	lemf_keys_fini(&keys);
	return events;
}

static bool says(const struct buf *b, const char *text)
{
	bool found = strstr((char *)b->p, text) != NULL;

	if (!found)
		printf("# not said: %s\n%s", text, (char *)b->p);
	return found;
}

static size_t in_order(size_t order[PDUS])
{
	made();
	for (size_t i = 0; i < PDUS; i++)
		order[i] = i;
	return sent.n;
}

static size_t without(size_t order[PDUS], size_t gone)
{
	size_t n = in_order(order);

	memmove(&order[gone], &order[gone + 1], (n - gone - 1) * sizeof(order[0]));
	return n - 1;
}

#define OF "\"hi\":\"hi3\",\"check\":\"hash\",\"element\":\"MDF-1\",\"cin\":7,\"delivery_country\":\"NL\","

static void whole(void)
{
	size_t order[PDUS], n = in_order(order);
	struct lemf_stats st;
	struct buf b = said_of(order, n, 0, &st);

	CU_ASSERT(n == RECORDS + RECORDS / A_RUN + 1 && st.checks_good == RECORDS / A_RUN + 1 && !st.checks_bad && !st.checks_open && !st.gaps);
	CU_ASSERT(says(&b, "\"check\":\"signature\""));
	buf_fini(&b);
}

/* Every bit position of one record, a few octets at a time: its Hash is bad, the others are good. */
static void flipped(void)
{
	size_t order[PDUS], n = in_order(order), at = place(0, 13);

	for (size_t i = sent.pdu[at].n - 30; i < sent.pdu[at].n; i++) {
		struct lemf_stats st;
		struct buf b = said_of(order, n, sent.pdu[at].at + i, &st);

		CU_ASSERT(st.checks_bad == 1 && st.checks_good == RECORDS / A_RUN);
		CU_ASSERT(says(&b, OF "\"number\":1,\"verdict\":\"bad\",\"from\":10,\"to\":19,\"count\":10,"));
		buf_fini(&b);
	}
}

static void lost(void)
{
	size_t order[PDUS], n = without(order, place(0, 25));
	struct lemf_stats st;
	struct buf b = said_of(order, n, 0, &st);

	CU_ASSERT(says(&b, OF "\"number\":2,\"verdict\":\"missing\",\"from\":20,\"to\":29,\"count\":10,\"algorithm\":\"SHA-256\",\"missing\":1,\"first_missing\":25}"));
	CU_ASSERT(st.checks_good == RECORDS / A_RUN && st.gaps == 1);
	buf_fini(&b);
	n = without(order, place(PS_CHECK_HASH, 2));		/* a Hash: the series has a gap, and its signature cannot be judged */
	b = said_of(order, n, 0, &st);
	CU_ASSERT(says(&b, "\"event\":\"gap\"," OF "\"from\":2,\"to\":2}"));
	CU_ASSERT(says(&b, "\"verdict\":\"missing\",\"from\":0,\"to\":3,\"count\":4,"));
	CU_ASSERT(st.checks_good == RECORDS / A_RUN - 1 && st.checks_open == 1);
	buf_fini(&b);
}

/* Two PDUs changed about: the Hash, which digests in its own order, stays good, and the numbers tell; two contents under each other's numbers: the Hash tells. */
static void swapped(void)
{
	size_t order[PDUS], n = in_order(order), a = place(0, 14), b_at = place(0, 15), last = sent.pdu[a].n - 1;
	struct lemf_stats st;
	struct buf b;
	uint8_t keep[2];

	order[a] = b_at;
	order[b_at] = a;
	b = said_of(order, n, 0, &st);
	CU_ASSERT(says(&b, "\"event\":\"gap\",\"hi\":\"hi3\",\"element\":\"MDF-1\",\"cin\":7,\"delivery_country\":\"NL\",\"from\":14,\"to\":14}"));
	CU_ASSERT(says(&b, "\"event\":\"gap-closed\""));
	CU_ASSERT(st.checks_good == RECORDS / A_RUN + 1 && !st.checks_bad);
	buf_fini(&b);
	in_order(order);
	keep[0] = sent.octets.p[sent.pdu[a].at + last];
	keep[1] = sent.octets.p[sent.pdu[b_at].at + last];
	CU_ASSERT_NOT_EQUAL_FATAL(keep[0], keep[1]);
	sent.octets.p[sent.pdu[a].at + last] = keep[1];
	sent.octets.p[sent.pdu[b_at].at + last] = keep[0];
	b = said_of(order, n, 0, &st);
	CU_ASSERT(says(&b, OF "\"number\":1,\"verdict\":\"bad\",\"from\":10,\"to\":19,\"count\":10,"));
	CU_ASSERT(st.checks_bad == 1 && st.checks_good == RECORDS / A_RUN);
	buf_fini(&b);
	sent.octets.p[sent.pdu[a].at + last] = keep[0];
	sent.octets.p[sent.pdu[b_at].at + last] = keep[1];
}

/* Whoever changes a record and its Hash has no key: the Signature tells. */
static void forged(void)
{
	size_t order[PDUS], n = in_order(order), record = place(0, 35), check = place(PS_CHECK_HASH, 3), at = sent.pdu[record].at + sent.pdu[record].n - 1;
	uint8_t digest[32], *value;
	EVP_MD_CTX *x = EVP_MD_CTX_new();
	struct view pdu = view_of(sent.octets.p + sent.pdu[check].at, sent.pdu[check].n);
	struct lemf_stats st;
	struct ps_check k;
	struct ps_pdu p;
	const char *what;
	size_t bad_at;
	struct buf b;

	sent.octets.p[at] ^= 1;
	EVP_DigestInit_ex(x, EVP_sha256(), NULL);
	for (uint32_t i = 30; i < 40; i++)
		EVP_DigestUpdate(x, sent.octets.p + sent.pdu[place(0, i)].at, sent.pdu[place(0, i)].n);
	EVP_DigestFinal_ex(x, digest, NULL);
	EVP_MD_CTX_free(x);
	CU_ASSERT_FATAL(ps_decode(pdu, &p, &bad_at, &what) == LI_OK && ps_check_read(p.tri_body, &k) == LI_OK && k.value.n == 32);
	value = sent.octets.p + (k.value.p - sent.octets.p);
	for (unsigned i = 0; i < 32; i++) {	/* changed about: the true one is put back below */
		uint8_t was = value[i];

		value[i] = digest[i];
		digest[i] = was;
	}
	b = said_of(order, n, 0, &st);
	CU_ASSERT(st.checks_bad == 1 && st.checks_good == RECORDS / A_RUN);
	CU_ASSERT(says(&b, "\"check\":\"signature\",\"element\":\"MDF-1\",\"cin\":7,\"delivery_country\":\"NL\",\"number\":0,\"verdict\":\"bad\",\"from\":0,\"to\":3,"));
	buf_fini(&b);
	memcpy(value, digest, 32);
	sent.octets.p[at] ^= 1;
}

UNIT_MAIN("seal_faults", UNIT(whole), UNIT(flipped), UNIT(lost), UNIT(swapped), UNIT(forged))
