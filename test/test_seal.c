/* test_seal.c: integrity checks as the manager makes them (TS 102 232-1 clause 7.2.3, annex J): their triggers, numbers, octets; over breaks, purges, restarts. */
#include "test/hm_rig.h"
#include "handover/hm_int.h"

#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/seal_judge.h"

static char sign_file[2][300];		/* ECDSA, Ed25519 */
static EVP_PKEY *sign_key[2];

static void keys(void)
{
	CU_ASSERT_FATAL(setup());
	for (unsigned i = 0; i < 2 && !sign_key[i]; i++) {
		FILE *f;

		snprintf(sign_file[i], sizeof(sign_file[i]), "%s/sign%u.key", certs.dir, i);
		sign_key[i] = i ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
		f = fopen(sign_file[i], "w");
		CU_ASSERT_FATAL(f && PEM_write_PrivateKey(f, sign_key[i], NULL, NULL, 0, NULL, NULL) == 1 && fclose(f) == 0);
		CU_ASSERT_EQUAL_FATAL(chmod(sign_file[i], 0600), 0);
	}
}

/* -- rows as a store would keep them -- */

#define ROWS 8000
static struct row { struct hm_seal_row r; uint8_t *octets; } row[ROWS];
static size_t rows, saves, checks_stored;
static bool refuse;

static void row_drop(size_t i)
{
	free(row[i].octets);
	row[i] = row[--rows];
}

static enum li_err save(void *arg, const struct hm_seal_row r[], size_t n)
{
	(void)arg;
	if (refuse)
		return LI_EIO;
	saves++;
	for (size_t i = 0; i < n; i++) {
		bool put = r[i].what == HM_SEAL_CHAIN || r[i].what == HM_SEAL_CHECK, chain = r[i].what <= HM_SEAL_CHAIN_GONE;
		struct view v = chain ? r[i].ids : r[i].octets;

		for (size_t k = rows; k-- > 0; )
			if (row[k].r.chain == r[i].chain && (r[i].what == HM_SEAL_CHAIN_GONE || (chain ? row[k].r.what == HM_SEAL_CHAIN :
			    row[k].r.what == HM_SEAL_CHECK && row[k].r.type == r[i].type && row[k].r.number == r[i].number)))
				row_drop(k);
		if (!put)
			continue;
		CU_ASSERT_FATAL(rows < ROWS);
		row[rows].r = r[i];
		row[rows].octets = malloc(v.n);
		memcpy(row[rows].octets, v.p, v.n);
		*(chain ? &row[rows].r.ids : &row[rows].r.octets) = view_of(row[rows].octets, v.n);
		checks_stored += !chain;
		rows++;
	}
	return LI_OK;
}

static enum li_err load(void *arg, const struct li_did *did, enum li_hi kind, enum li_err (*fn)(void *to, const struct hm_seal_row *row), void *to)
{
	enum li_err e = LI_OK;

	(void)arg;
	for (size_t i = 0; i < rows && !e; i++) {
		if (row[i].r.what != HM_SEAL_CHAIN || row[i].r.kind != kind || memcmp(&row[i].r.did, did, sizeof(*did)))
			continue;
		e = fn(to, &row[i].r);
		for (unsigned type = 1; type < 3; type++)
			for (uint32_t number = 0; number < 200; number++)
				for (size_t k = 0; k < rows && !e; k++)
					if (row[k].r.what == HM_SEAL_CHECK && row[k].r.chain == row[i].r.chain && row[k].r.type == type && row[k].r.number == number)
						e = fn(to, &row[k].r);
	}
	return e;
}

static size_t rows_of(enum hm_seal_what what)
{
	size_t n = 0;

	for (size_t i = 0; i < rows; i++)
		n += row[i].r.what == what;
	return n;
}

static void forget_rows(void)
{
	while (rows)
		row_drop(0);
	saves = checks_stored = 0;
	refuse = false;
	rig_seals = (struct hm_seals){ save, load };
}

/* -- what is agreed -- */

static struct hm_dest_conf agreed;

static void agree(unsigned i, struct hm_dest_conf *c)
{
	(void)i;
	c->hash = agreed.hash;
	c->hash_timeout = agreed.hash_timeout;
	c->data_pdu_count = agreed.data_pdu_count;
	c->sign_key = agreed.sign_key;
	c->sign_timeout = agreed.sign_timeout;
	c->hash_pdu_count = agreed.hash_pdu_count;
	c->signs = agreed.signs;
	c->hash_named = agreed.hash_named;
	c->signature_named = agreed.signature_named;
	c->first_check = agreed.first_check;
	c->lanes = agreed.lanes;
	if (agreed.queue)
		c->queue = agreed.queue;
}

static struct rig *rig_of(struct hm_dest_conf a)
{
	struct rig *r;

	keys();
	forget_rows();
	agreed = a;
	r = rig_new(1, agree);
	atomic_store(&r->peer[0].keep, true);
	CU_ASSERT(UNTIL(r, r->ups[LI_HI2] >= 1 && r->ups[LI_HI3] >= 1));
	return r;
}

#define HOUR (3600 * LI_US_SECOND)
#define LONG .hash_timeout = HOUR, .sign_timeout = HOUR

static void content(struct hm_ctx *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct hm_packet p = packet(40 + (hm_ctx_next(c) * 37) % 1400);

		CU_ASSERT_EQUAL(hm_cc(c, 0, now(), &p, false), LI_OK);
	}
}

static void iris(struct hm_ctx *c, unsigned n)
{
	static const struct view payload[1] = { { (const uint8_t *)"an IRI", 6 } };

	for (unsigned i = 0; i < n; i++)
		CU_ASSERT_EQUAL(iri_33128(c, 1, LI_IRI_REPORT, now(), payload, 1, false), LI_OK);
}

static size_t checks_of(struct rig *r)
{
	return peer_count(&r->peer[0], PS_TRI, PS_TRI_INTEGRITY);
}

/* Ends the rig and says what the agency has. */
static struct judge *ended(struct rig *r, unsigned which, const EVP_MD *md)
{
	struct judge *j;

	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	j = judge_peer(&r->peer[0], sign_key[which], md);
	return j;
}

static void is_sound(const struct judge *j)
{
	CU_ASSERT(!j->bad && !j->absent && !j->gaps && !j->odd && !j->twice);
	if (j->bad || j->absent || j->gaps || j->odd || j->twice)
		printf("# bad %zu absent %zu gaps %zu odd %zu twice %zu\n", j->bad, j->absent, j->gaps, j->odd, j->twice);
}

/* HO-INT-001: nothing of it where nothing is agreed. */
static void off(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ 0 });
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1);

	content(c, 50);
	hm_ctx_free(c);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == 50 && hm_is_drained(r->hm)));
	run_ms(r, 50);
	CU_ASSERT(checks_of(r) == 0 && saves == 0);
	rig_free(r);
}

/* HO-INT-003, HO-INT-006, HO-INT-007: hashTimeout from the first record that is not hashed, signTimeout from the first Hash that is not signed; none without. */
static void times(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, .hash_timeout = 150 * MS, .sign_key = sign_file[0], .sign_timeout = 400 * MS });
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1);
	uint64_t from;
	struct peer_pdu d;
	struct judge *j;

	run_ms(r, 250);
	CU_ASSERT_EQUAL(checks_of(r), 0);
	from = peer_now();
	content(c, 1);
	run_ms(r, 50);
	content(c, 2);
	CU_ASSERT(UNTIL(r, checks_of(r) == 1));
	CU_ASSERT(peer_get(&r->peer[0], PS_TRI, PS_TRI_INTEGRITY, 0, &d) && d.at - from >= 100 * MS && d.at - from < 5000 * MS);
	CU_ASSERT(UNTIL(r, checks_of(r) == 2));
	CU_ASSERT(peer_get(&r->peer[0], PS_TRI, PS_TRI_INTEGRITY, 1, &d) && d.at - from >= 400 * MS);
	run_ms(r, 300);
	CU_ASSERT_EQUAL(checks_of(r), 2);
	CU_ASSERT(rows_of(HM_SEAL_CHAIN) == 1 && rows_of(HM_SEAL_CHECK) == 0);		/* delivered, and signed */
	j = ended(r, 0, EVP_sha256());
	is_sound(j);
	CU_ASSERT(j->hashes == 1 && j->signatures == 1 && j->uncovered == 0 && j->unsigned_ == 0);
	judge_free(j);
	hm_ctx_free(c);
	rig_free(r);
}

/* HO-INT-004, HO-INT-007, HO-INT-008: dataPduCount and hashPduCount; each chain for itself. */
static void counts(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .data_pdu_count = 5, .sign_key = sign_file[0], .hash_pdu_count = 3 });
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1), *c2 = ctx_new(r, LI_HI3, "LI-1", 2), *i = ctx_new(r, LI_HI2, "LI-1", 1);
	struct judge *j;

	for (unsigned k = 0; k < 34; k++) {
		content(c, 1);
		content(c2, k % 3 == 0);
		iris(i, k % 2);
	}
	/* 34: 6 Hashes, 2 Signatures; 12: 2 Hashes; 17: 3 Hashes, 1 Signature */
	CU_ASSERT(UNTIL(r, checks_of(r) == 14));
	run_ms(r, 150);
	j = judge_peer(&r->peer[0], sign_key[0], EVP_sha256());
	is_sound(j);
	CU_ASSERT(j->hashes == 11 && j->signatures == 3 && j->uncovered == 4 + 2 + 2 && j->unsigned_ == 2);
	CU_ASSERT(j->chain[1][1].hashes == 6 && j->chain[2][1].hashes == 2 && j->chain[1][0].hashes == 3 && j->chain[1][1].first_hash == 0);	/* HO-INT-002 */
	judge_free(j);
	hm_ctx_free(c);
	hm_ctx_free(c2);
	hm_ctx_free(i);
	j = ended(r, 0, EVP_sha256());
	is_sound(j);		/* HO-INT-005 */
	CU_ASSERT(j->hashes == 14 && j->signatures == 6 && j->uncovered == 0 && j->unsigned_ == 0);
	judge_free(j);
	CU_ASSERT(UNTIL(r, rows == 0));		/* what has ended, and is signed and delivered, is forgotten */
	rig_free(r);
}

/* HO-INT-005: the end of a context, and of a destination, at once; TRI are not hashed (HO-INT-012). What a signature digests, and what is named. */
static void ends(void)
{
	static const struct { enum ps_hash hash; unsigned key; enum hm_signed signs; enum hm_hash_named named; bool algorithm; uint8_t first; } way[] = {
		{ PS_HASH_SHA256, 0, HM_SIGNED_PDU, HM_HASH_NAMED, false, 0 }, { PS_HASH_SHA384, 0, HM_SIGNED_PAYLOAD, HM_HASH_UNNAMED, true, 1 },
		{ PS_HASH_SHA512, 1, HM_SIGNED_PDU, HM_HASH_NAMED_ALL, true, 0 }, { PS_HASH_SHA256, 1, HM_SIGNED_PAYLOAD, HM_HASH_NAMED, false, 1 } };

	for (unsigned w = 0; w < sizeof(way) / sizeof(way[0]); w++) {
		const EVP_MD *md = way[w].hash == PS_HASH_SHA256 ? EVP_sha256() : way[w].hash == PS_HASH_SHA384 ? EVP_sha384() : EVP_sha512();
		struct rig *r;
		struct hm_message m = { .ctx = 5, .liid = { .n = 4, .p = "LI-1" }, .has_cin = true, .cin = { 1 }, .priority = HM_ERROR, .text = "x" };
		struct hm_mark *mark;
		struct hm_ctx *c, *i;
		struct judge *j;

		keys();
		r = rig_of((struct hm_dest_conf){ .hash = way[w].hash, LONG, .sign_key = sign_file[way[w].key], .signs = way[w].signs, .hash_named = way[w].named,
			.signature_named = way[w].algorithm, .first_check = way[w].first });
		c = ctx_new(r, LI_HI3, "LI-1", 1);
		i = ctx_new(r, LI_HI2, "LI-1", 1);
		content(c, 3);
		CU_ASSERT_EQUAL(hm_message(r->dest[0], LI_HI3, &m, &mark), LI_OK);
		hm_mark_free(mark);
		iris(i, 2);
		content(c, 1);
		hm_ctx_free(c);
		CU_ASSERT(UNTIL(r, checks_of(r) == 2));
		hm_dest_remove(r->dest[0]);
		CU_ASSERT(UNTIL(r, checks_of(r) == 4));
		hm_ctx_free(i);
		j = judge_new(sign_key[way[w].key], md);
		j->payload = way[w].signs == HM_SIGNED_PAYLOAD;
		j->want_hash = way[w].named == HM_HASH_UNNAMED ? PS_HASH_NONE : way[w].hash;
		j->want_signature = !way[w].algorithm ? PS_SIGNATURE_NONE : way[w].key ? PS_SIGNATURE_EDDSA : PS_SIGNATURE_ECDSA;
		judge_add(j, &r->peer[0]);
		judge(j);
		is_sound(j);
		CU_ASSERT(j->hashes == 2 && j->signatures == 2 && j->uncovered == 0 && j->unsigned_ == 0 && j->records == 6);
		CU_ASSERT(j->chain[1][1].first_hash == way[w].first && j->chain[1][0].first_signature == way[w].first);
		judge_free(j);
		rig_free(r);
	}
}

/* Random traffic, and connections that break at any octet: each record is covered once, what comes again is the same. */
static void breaks(void)
{
	for (unsigned round = 0; round < unit_rounds(8); round++) {
		struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, .hash_timeout = (li_us)(1 + round % 7 * 20) * MS, .data_pdu_count = 1 + round * 5 % 31,
			.sign_key = sign_file[round & 1], .sign_timeout = 60 * MS, .hash_pdu_count = 1 + round % 4, .lanes = round % 4 });
		struct hm_ctx *c[8];
		uint64_t seed = round + 1;
		struct judge *j;

		for (unsigned i = 0; i < 8; i++)
			c[i] = ctx_new(r, i & 1 ? LI_HI3 : LI_HI2, "LI-1", i / 2 ? (int64_t)(i / 2) : -1);
		for (unsigned k = 0; k < 400; k++) {
			uint64_t x = unit_rand(&seed);
			unsigned i = x % 8;

			if (i & 1)
				content(c[i], (unsigned)(x >> 8) % 9);
			else
				iris(c[i], (unsigned)(x >> 8) % 3);
			if ((x >> 16) % 40 == 0)
				atomic_fetch_add(&r->peer[0].reset, 1);
			if ((x >> 24) % 60 == 0)
				atomic_store(&r->peer[0].cut_after, 1 + (unsigned)(x >> 32) % 40);
			if ((x >> 24) % 60 == 30)
				atomic_store(&r->peer[0].cut_after, 0);
			if ((x >> 40) % 8 == 0)
				run_ms(r, 1 + (unsigned)(x >> 48) % 8);
		}
		atomic_store(&r->peer[0].cut_after, 0);
		for (unsigned i = 0; i < 8; i++)
			hm_ctx_free(c[i]);
		j = ended(r, round & 1, EVP_sha256());
		is_sound(j);
		CU_ASSERT(j->uncovered == 0 && j->unsigned_ == 0 && j->records > 300);
		CU_ASSERT(j->chain[3][1].records == 0);
		judge_free(j);
		rig_free(r);
	}
}

/* A process that dies: what it had made goes again, its numbers go on, and what it had not signed is signed. */
static void restarts(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .data_pdu_count = 4, .sign_key = sign_file[0], .hash_pdu_count = 100 });
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1);
	struct hm_ctx_conf cc;
	struct judge *j = judge_new(sign_key[0], EVP_sha256());
	enum li_err e;
	uint32_t next;

	content(c, 8);
	CU_ASSERT(UNTIL(r, checks_of(r) == 2));
	atomic_store(&r->peer[0].stall, true);		/* two more are made, and do not arrive */
	content(c, 8);
	CU_ASSERT(UNTIL(r, checks_stored == 4));
	next = hm_ctx_next(c);
	refuse = true;					/* it is dead: nothing is kept any more */
	hm_ctx_free(c);
	hm_close(r->hm, on_closed, r);
	CU_ASSERT(UNTIL(r, r->closed == 1));
	atomic_store(&r->peer[0].stall, false);
	run_ms(r, 50);
	judge_add(j, &r->peer[0]);
	rig_free(r);

	refuse = false;
	CU_ASSERT(rows_of(HM_SEAL_CHECK) == 4 && rows_of(HM_SEAL_CHAIN) == 1);
	r = rig_new(1, agree);
	atomic_store(&r->peer[0].keep, true);
	cc = ctx_conf(r, LI_HI3, "LI-1", 1);
	cc.first_number = next;
	c = hm_ctx_new(r->hm, &cc, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT(UNTIL(r, checks_of(r) == 4));		/* the same octets */
	content(c, 6);
	hm_ctx_free(c);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	judge_add(j, &r->peer[0]);
	judge(j);
	CU_ASSERT(!j->bad && !j->gaps && !j->odd && !j->twice);
	CU_ASSERT(j->hashes == 6 && j->signatures == 1 && j->uncovered == 0 && j->unsigned_ == 0);
	CU_ASSERT(j->chain[1][1].next_hash == 6);
	judge_free(j);
	CU_ASSERT(UNTIL(r, rows == 0));
	rig_free(r);
}

/* A store that refuses for a while: nothing goes out whose number is not kept; then all of it does, once. */
static void store_away(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .data_pdu_count = 2 });
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1);
	struct judge *j;

	refuse = true;
	content(c, 20);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == 20));
	run_ms(r, 300);
	CU_ASSERT(checks_of(r) == 0 && !hm_is_drained(r->hm));
	refuse = false;
	CU_ASSERT(UNTIL(r, checks_of(r) == 10));
	hm_ctx_free(c);
	j = ended(r, 0, EVP_sha256());
	is_sound(j);
	CU_ASSERT(j->hashes == 10 && j->signatures == 0 && j->uncovered == 0);
	judge_free(j);
	rig_free(r);
}

/* HO-BUF-006: a queue that takes no record any more takes the Hash of what has gone out. */
static void full(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, .hash_timeout = 200 * MS, .queue = QUEUE });
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1);
	struct hm_packet p = packet(1000);
	struct hm_dest_stats before, st;
	struct judge *j;

	atomic_store(&r->peer[0].mute_ack, true);
	content(c, 5);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == 5));
	atomic_store(&r->peer[0].stall, true);
	while (hm_cc(c, 0, now(), &p, false) == LI_OK)
		;
	hm_dest_stats(r->dest[0], &before);
	CU_ASSERT(UNTIL(r, (hm_dest_stats(r->dest[0], &st), st.hashes[LI_HI3] > 0 && st.queued_pdus[LI_HI3] > before.queued_pdus[LI_HI3])));
	CU_ASSERT_EQUAL(hm_cc(c, 0, now(), &p, false), LI_EFULL);
	atomic_store(&r->peer[0].mute_ack, false);
	atomic_store(&r->peer[0].stall, false);
	hm_ctx_free(c);
	j = ended(r, 0, EVP_sha256());
	is_sound(j);
	CU_ASSERT(j->uncovered == 0);
	judge_free(j);
	rig_free(r);
}

/* What is purged gets no Hash any more, and nothing of it is kept. */
static void purged(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .data_pdu_count = 4, .sign_key = sign_file[0] });
	struct hm_ctx_conf cc = ctx_conf(r, LI_HI3, "LI-1", 1);
	const uint32_t group = 3;
	struct hm_ctx *c, *other;
	struct judge *j;
	enum li_err e;

	cc.group = group;
	c = hm_ctx_new(r->hm, &cc, &e);
	other = ctx_new(r, LI_HI3, "LI-2", 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	content(c, 6);
	content(other, 3);
	CU_ASSERT(UNTIL(r, checks_of(r) == 1 && peer_count(&r->peer[0], PS_CC, 0) == 9));
	CU_ASSERT(hm_purge(r->hm, &group, 1) > 0);
	hm_ctx_free(c);
	hm_ctx_free(other);
	j = ended(r, 0, EVP_sha256());
	is_sound(j);
	CU_ASSERT(j->hashes == 2 && j->signatures == 1 && j->chain[1][1].hashes == 1 && j->uncovered == 2);
	judge_free(j);
	CU_ASSERT(UNTIL(r, rows == 0));
	rig_free(r);
}

/* Terms and keys change under open contexts: what was begun ends under the old ones. A key that cannot be read changes nothing. */
static void changes(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .sign_key = sign_file[0], .hash_pdu_count = 1 });
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1);
	struct hm_dest_conf d = dest_conf(0, r->peer[0].port);
	struct judge *j;

	agree(0, &d);
	content(c, 3);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == 3));
	d.hash = PS_HASH_NONE;
	d.sign_key = NULL;
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &d), LI_OK);
	CU_ASSERT(UNTIL(r, checks_of(r) == 1));		/* its Hash; nobody signs any more */
	content(c, 3);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == 6 && hm_is_drained(r->hm)));
	d.hash = PS_HASH_SHA256;
	d.sign_key = "/nonexistent/key";
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &d), LI_ECONFIG);
	d.sign_key = sign_file[1];
	CU_ASSERT_EQUAL(chmod(sign_file[1], 0644), 0);
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &d), LI_ECONFIG);
	CU_ASSERT_EQUAL(chmod(sign_file[1], 0600), 0);
	CU_ASSERT_EQUAL(hm_dest_change(r->dest[0], &d), LI_OK);
	run_ms(r, 20);
	content(c, 3);
	hm_ctx_free(c);
	j = ended(r, 1, EVP_sha256());
	is_sound(j);
	CU_ASSERT(j->hashes == 2 && j->signatures == 1 && j->uncovered == 3 && j->unsigned_ == 1);
	judge_free(j);
	rig_free(r);
	d.hash = PS_HASH_SHA1;		/* HO-INT-010 */
	r = rig_of((struct hm_dest_conf){ 0 });
	d.port = r->peer[0].port;
	d.did.b[1] = 1;
	CU_ASSERT_EQUAL(hm_dest_add(r->hm, &d, &r->dest[1]), LI_ECONFIG);
	rig_free(r);
}

/* A destination that is changed so that it has to be opened anew: the old one delivers, the new one has begun, and the agency sees one series of numbers. */
static void followed(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .data_pdu_count = 2, .sign_key = sign_file[0], .hash_pdu_count = 2 });
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", -1), *c2;
	struct hm_dest_conf d = dest_conf(0, r->peer[0].port);
	struct hm_dest *old = r->dest[0];
	struct judge *j;

	agree(0, &d);
	content(c, 7);
	CU_ASSERT(UNTIL(r, checks_of(r) == 4));
	atomic_store(&r->peer[0].stall, true);
	content(c, 3);
	hm_dest_remove(old);
	CU_ASSERT_EQUAL_FATAL(hm_dest_add(r->hm, &d, &r->dest[0]), LI_OK);
	c2 = ctx_new(r, LI_HI3, "LI-1", -1);
	atomic_store(&r->peer[0].stall, false);
	content(c2, 5);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm) || checks_of(r) > 8));
	run_ms(r, 300);
	hm_ctx_free(c);		/* the old one was there as long */
	content(c2, 4);
	hm_ctx_free(c2);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	j = judge_peer(&r->peer[0], sign_key[0], EVP_sha256());
	CU_ASSERT(!j->bad && !j->absent && !j->odd && !j->twice && j->uncovered == 0 && j->unsigned_ == 0 && j->records == 19);
	CU_ASSERT_EQUAL(j->chain[0][1].hashes, j->hashes);
	for (uint32_t i = 0; i < j->hashes; i++)	/* each number once, whoever made it */
		CU_ASSERT(j->chain[0][1].hash[i].n > 0);
	judge_free(j);
	rig_free(r);
}

/* Removed while the end of its last context is under way, with the agency away and nothing queued: it goes. */
static void limbo(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .sign_key = sign_file[0] });
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", 1);

	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	peer_stop(&r->peer[0]);
	CU_ASSERT(UNTIL(r, r->downs[LI_HI3] >= 2));
	hm_ctx_free(c);
	hm_dest_remove(r->dest[0]);
	run_ms(r, 3000);
	CU_ASSERT_EQUAL(r->hm->n_removed, 0);
	r->n = 0;
	rig_free(r);
}

/* Two warrants of one LIID have their numbers, and so their chain, in common: one that is purged does not take the other's Hash along. */
static void mixed(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .sign_key = sign_file[0] });
	struct hm_ctx_conf cc = ctx_conf(r, LI_HI2, "LI-1", -1);
	const uint32_t group = 3;
	struct hm_ctx *a, *b;
	enum li_err e;

	cc.own_numbers = true;
	cc.group = group;
	a = hm_ctx_new(r->hm, &cc, &e);
	cc.group = 4;
	b = hm_ctx_new(r->hm, &cc, &e);
	CU_ASSERT_FATAL(a && b);
	iris(a, 1);
	iris(b, 5);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_IRI, 0) == 6));
	CU_ASSERT(hm_purge(r->hm, &group, 1) > 0);
	hm_ctx_free(a);
	hm_ctx_free(b);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm)));
	run_ms(r, 300);
	CU_ASSERT(checks_of(r) >= 1);
	rig_free(r);
}

/* Likewise where each has Hashes of its own that wait for a Signature: what is purged, the older or the newer, takes its own along, and the other's is signed. */
static struct hm_ctx *ctx_of_group(struct rig *r, uint32_t group)
{
	struct hm_ctx_conf cc = ctx_conf(r, LI_HI2, "LI-1", -1);
	struct hm_ctx *c;
	enum li_err e;

	cc.own_numbers = true;
	cc.group = group;
	c = hm_ctx_new(r->hm, &cc, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	return c;
}

static void shared(void)
{
	for (uint32_t group = 3; group < 5; group++) {
		struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .data_pdu_count = 4, .sign_key = sign_file[0], .hash_pdu_count = 100 });
		struct hm_ctx *a = ctx_of_group(r, 3), *b = ctx_of_group(r, 4);
		struct judge *j;

		iris(a, 4);
		iris(b, 4);
		CU_ASSERT(UNTIL(r, checks_of(r) == 2));
		iris(group == 3 ? a : b, 3);	/* a run of one that is purged says that the chain ends, and has no Hash */
		CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_IRI, 0) == 11));
		CU_ASSERT(hm_purge(r->hm, &group, 1) > 0);
		hm_ctx_free(a);
		hm_ctx_free(b);
		CU_ASSERT(UNTIL(r, checks_of(r) == 3));
		j = ended(r, 0, EVP_sha256());
		is_sound(j);
		CU_ASSERT(j->hashes == 2 && j->signatures == 1 && j->unsigned_ == 1 && j->uncovered == 3);
		CU_ASSERT(j->chain[0][0].hash[group == 3].is_signed == 1 && j->chain[0][0].hash[group == 4].is_signed == 0);
		judge_free(j);
		CU_ASSERT(UNTIL(r, rows_of(HM_SEAL_CHECK) == 0));
		rig_free(r);
	}
}

/* Likewise over a restart that knows of the purge: of the two Hashes that were kept the other's goes. */
static void shared_loaded(void)
{
	const uint32_t group = 4;
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .data_pdu_count = 4, .sign_key = sign_file[0], .hash_pdu_count = 100 });
	struct hm_ctx *a = ctx_of_group(r, 3), *b = ctx_of_group(r, group);
	struct hm_dest_conf d;
	struct peer_pdu pdu;

	atomic_store(&r->peer[0].stall, true);
	iris(a, 4);
	iris(b, 4);
	CU_ASSERT(UNTIL(r, checks_stored == 2));
	refuse = true;
	hm_ctx_free(a);
	hm_ctx_free(b);
	hm_close(r->hm, on_closed, r);
	CU_ASSERT(UNTIL(r, r->closed == 1));
	rig_free(r);
	refuse = false;
	CU_ASSERT_EQUAL(rows_of(HM_SEAL_CHECK), 2);
	r = rig_new(0, agree);
	CU_ASSERT(hm_purge(r->hm, &group, 1) > 0);
	CU_ASSERT_FATAL(peer_start(&r->peer[0], &certs, "lemf", 0));
	atomic_store(&r->peer[0].keep, true);
	d = dest_conf(0, r->peer[0].port);
	agree(0, &d);
	CU_ASSERT_EQUAL_FATAL(hm_dest_add(r->hm, &d, &r->dest[0]), LI_OK);
	r->n = 1;
	CU_ASSERT(UNTIL(r, checks_of(r) == 1));
	run_ms(r, 300);
	CU_ASSERT(checks_of(r) == 1 && peer_get(&r->peer[0], PS_TRI, PS_TRI_INTEGRITY, 0, &pdu) && pdu.number == 0);
	rig_free(r);
}

/* A chain without a CIN goes on in the next context: also where the first has ended, and the destination is another by then. */
static void inherited(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .data_pdu_count = 2, .sign_key = sign_file[0], .hash_pdu_count = 2 });
	struct hm_ctx *c = ctx_new(r, LI_HI3, "LI-1", -1), *busy;
	struct hm_dest_conf d = dest_conf(0, r->peer[0].port);
	struct judge *j;

	agree(0, &d);
	content(c, 4);
	hm_ctx_free(c);
	CU_ASSERT(UNTIL(r, checks_of(r) == 3 && hm_is_drained(r->hm)));
	busy = ctx_new(r, LI_HI3, "LI-2", 2);
	atomic_store(&r->peer[0].stall, true);
	content(busy, 1);
	hm_ctx_free(busy);
	hm_dest_remove(r->dest[0]);
	CU_ASSERT_EQUAL_FATAL(hm_dest_add(r->hm, &d, &r->dest[0]), LI_OK);
	atomic_store(&r->peer[0].stall, false);
	CU_ASSERT(UNTIL(r, r->hm->n_removed == 0));
	c = ctx_new(r, LI_HI3, "LI-1", -1);
	content(c, 2);
	CU_ASSERT(UNTIL(r, peer_count(&r->peer[0], PS_CC, 0) == 7));
	hm_ctx_free(c);
	CU_ASSERT(UNTIL(r, hm_is_drained(r->hm) && checks_of(r) >= 7));
	j = judge_peer(&r->peer[0], NULL, EVP_sha256());
	CU_ASSERT(!j->gaps && j->chain[0][1].hashes == 3 && j->chain[0][1].signatures == 2 && j->chain[0][1].next_hash == 3);
	judge_free(j);
	rig_free(r);
}

/* A purge that a start knows before its destinations: what was kept of Hashes goes, too. */
static void loaded(void)
{
	struct rig *r = rig_of((struct hm_dest_conf){ .hash = PS_HASH_SHA256, LONG, .data_pdu_count = 4, .sign_key = sign_file[0], .hash_pdu_count = 100 });
	struct hm_ctx_conf cc = ctx_conf(r, LI_HI3, "LI-1", 1);
	const uint32_t group = 3;
	struct hm_dest_conf d;
	struct hm_ctx *c;
	enum li_err e;

	cc.group = group;
	c = hm_ctx_new(r->hm, &cc, &e);
	atomic_store(&r->peer[0].stall, true);
	content(c, 8);
	CU_ASSERT(UNTIL(r, checks_stored >= 2));
	refuse = true;
	hm_ctx_free(c);
	hm_close(r->hm, on_closed, r);
	CU_ASSERT(UNTIL(r, r->closed == 1));
	rig_free(r);
	refuse = false;
	CU_ASSERT(rows_of(HM_SEAL_CHECK) >= 2);
	r = rig_new(0, agree);
	CU_ASSERT(hm_purge(r->hm, &group, 1) > 0);
	CU_ASSERT_FATAL(peer_start(&r->peer[0], &certs, "lemf", 0));
	atomic_store(&r->peer[0].keep, true);
	d = dest_conf(0, r->peer[0].port);
	agree(0, &d);
	CU_ASSERT_EQUAL_FATAL(hm_dest_add(r->hm, &d, &r->dest[0]), LI_OK);
	r->n = 1;
	run_ms(r, 1500);
	CU_ASSERT(checks_of(r) == 0);
	rig_free(r);
}

UNIT_MAIN("seal", UNIT(off), UNIT(times), UNIT(counts), UNIT(ends), UNIT(breaks), UNIT(restarts), UNIT(store_away), UNIT(full), UNIT(purged), UNIT(changes), UNIT(followed),
	  UNIT(limbo), UNIT(mixed), UNIT(shared), UNIT(shared_loaded), UNIT(inherited), UNIT(loaded))
