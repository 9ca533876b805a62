/* test_account.c: what is found in files that a LEMF has stored: the same as it found when they came, and what was done to them since. */
#include "handover/report/account.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "asn1/ps_wrap.h"
#include "handover/cipher.h"
#include "handover/sign.h"
#include "test/evidence_rig.h"

static struct account a;
static struct folder f;
static struct evidence d;
static struct buf found;	/* a line a finding */

static enum li_err on_gap(void *arg, const struct track *t, uint32_t from, uint32_t to)
{
	(void)arg;
	return buf_printf(&found, "gap %s %u-%u\n", track_hi(t), from, to);
}

static enum li_err on_again(void *arg, const struct track *t, uint32_t number, uint64_t first, uint64_t offset, bool same)
{
	(void)arg;
	CU_ASSERT_TRUE(first < offset);
	return buf_printf(&found, "%s %s %u\n", same ? "repeat" : "conflict", track_hi(t), number);
}

static enum li_err on_check(void *arg, const struct track *t, uint32_t number, const struct ps_check *k, const struct lemf_verdict *v, uint64_t offset)
{
	(void)arg;
	(void)offset;
	CU_ASSERT_STRING_EQUAL(track_check(t), k->type == PS_CHECK_HASH ? "hash" : "signature");
	return buf_printf(&found, "%s %s %u %u-%u\n", lemf_word_text(v->word), track_hi(t), number, v->from, v->to);
}

static enum li_err on_damaged(void *arg, enum lemf_kind kind, uint64_t offset, const char *what)
{
	(void)arg;
	(void)what;
	return buf_printf(&found, "damaged %s %u\n", lemf_file_name[kind], (unsigned)offset);
}

static uint64_t pdus;

static enum li_err on_pdu(void *arg, const struct account_pdu *p)
{
	(void)arg;
	CU_ASSERT_TRUE(p->session_id < a.n_sessions);
	CU_ASSERT_EQUAL(p->session, &a.session[p->session_id]);
	pdus++;
	return LI_OK;
}

static enum li_err on_object(void *arg, const struct account_object *o)
{
	static const char *const state[] = { [OBJECT_GOOD] = "good", [OBJECT_DIFFERS] = "differs", [OBJECT_GONE] = "gone" };

	(void)arg;
	return buf_printf(&found, "object %s %u-%u %s\n", o->file, o->from, o->to, state[o->state]);
}

static void opened(void)
{
	char err[300] = "";

	CU_ASSERT_TRUE_FATAL(evidence_open(&d, rig_dir, err, sizeof(err)));
	CU_ASSERT_EQUAL_FATAL(folder_open(&d, FOLDER, &f, err, sizeof(err)), LI_OK);
}

static enum li_err counted(void)
{
	static const struct account_ops ops = { NULL, on_pdu, on_damaged, on_check, on_gap, on_again, on_object, NULL };

	found.n = 0;
	pdus = 0;
	enum li_err e = account_make(&a, &f, &rig_keys, 7, &ops, NULL);

	CU_ASSERT_EQUAL(buf_put(&found, "", 1), LI_OK);
	return e;
}

static enum li_err account(void)
{
	opened();
	return counted();
}

static void done(void)
{
	account_fini(&a);
	folder_close(&f);
	evidence_close(&d);
}

static void is_found(const char *want)
{
	CU_ASSERT_EQUAL(account(), LI_OK);
	CU_ASSERT_STRING_EQUAL((const char *)found.p, want);
	if (strcmp((const char *)found.p, want))
		printf("# found:\n%s", (const char *)found.p);
}

static void whole(void)		/* HO-INT-014 */
{
	struct lemf_store *s = rig_open();

	for (uint32_t i = 0; i < 10; i++)
		rig_data(s, false, 1, i, 0, false);
	rig_hash(s, false, 1, 0);
	for (uint32_t i = 0; i < 3; i++)
		rig_data(s, true, 1, i, 0, false);
	rig_hash(s, true, 1, 0);
	rig_data(s, false, 0, 0, 0, false);
	rig_close(s);
	is_found("good hi2 0 0-9\ngood hi3 0 0-2\n");
	CU_ASSERT_TRUE(account_is_good(&a.totals));
	CU_ASSERT_EQUAL(a.totals.numbers, 16);		/* 14 of data, 2 of checks */
	CU_ASSERT_EQUAL(a.totals.judged, 16);
	CU_ASSERT_EQUAL(pdus, 16);
	CU_ASSERT_EQUAL(a.n_sessions, 2);
	CU_ASSERT_STRING_EQUAL(a.liid, LIID);
	CU_ASSERT_STRING_EQUAL(a.operator_id, "OP01");
	CU_ASSERT_TRUE(f.file[LEMF_HI2].hashed);
	done();
	rig_flip("hi2.ber", -1);	/* content of the last of no CIN: nobody has signed that */
	rig_flip("hi3.ber", -1);
	is_found("good hi2 0 0-9\nbad hi3 0 0-2\n");
	CU_ASSERT_FALSE(account_is_good(&a.totals));
	CU_ASSERT_FALSE(account_is_open(&a.totals));
	done();
	rig_flip("hi2.ber", 2);		/* the front of the first PDU: it, and the hash over it */
	CU_ASSERT_EQUAL(account(), LI_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)found.p, "damaged hi2.ber 0\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)found.p, "missing hi2 0 0-9\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)found.p, "gap hi2 0-0\n"));
	done();
}

static void lacking(void)
{
	struct lemf_store *s = rig_open();

	for (uint32_t i = 0; i < 10; i++)
		rig_data(s, false, 1, i, 0, i == 0 || (i > 3 && i < 7));
	rig_hash(s, false, 1, 0);
	rig_data(s, false, 1, 5, 0, false);	/* late */
	rig_data(s, false, 1, 8, 0, false);	/* a duplicate: not stored */
	rig_data(s, false, 1, 8, 1, false);	/* a conflict */
	rig_close(s);
	is_found("missing hi2 0 0-9\ngap hi2 0-0\ngap hi2 4-4\ngap hi2 6-6\nconflict hi2 8\n");
	CU_ASSERT_EQUAL(a.totals.missing, 3);
	CU_ASSERT_EQUAL(a.totals.conflicts, 1);
	CU_ASSERT_EQUAL(a.totals.numbers, a.totals.judged - a.totals.again + a.totals.missing);
	done();
}

static void not_issued(void)
{
	struct lemf_store *s = rig_open();

	rig_data(s, false, 1, 0, 0, false);
	rig_data(s, false, 1, 9, 0, false);
	rig_message(s, 1, view_str("not-issued HI2 cin=1 from=2 to=5"));
	rig_message(s, 1, view_str("not-issued HI2 cin=1 from=10 to=12: after a crash"));
	rig_data(s, false, 1, 4, 0, false);	/* and has come all the same */
	rig_data(s, false, 1, 13, 0, false);
	rig_message(s, 2, view_str("not-issued HI3 cin=2 from=1 to=3"));	/* of a context of which nothing came: 0 is missing */
	rig_close(s);
	is_found("gap hi2 1-1\ngap hi2 6-8\ngap hi3 0-0\n");
	CU_ASSERT_EQUAL(a.totals.missing, 5);
	CU_ASSERT_EQUAL(a.totals.not_issued, 9);
	CU_ASSERT_EQUAL(a.totals.numbers, 14 + 4);
	CU_ASSERT_EQUAL(a.totals.numbers, a.totals.judged - a.totals.again + a.totals.missing + a.totals.not_issued);
	done();
}

static void reset(void)		/* HO-CIN-011: the same numbers, anew: no conflict, and hashes of the new ones */
{
	struct lemf_store *s = rig_open();

	for (uint32_t i = 0; i < 4; i++)
		rig_data(s, false, 1, i, 0, false);
	rig_hash(s, false, 1, 0);
	rig_tri(s, 1, 0, PS_TRI_CIN_RESET, view_of(NULL, 0));
	for (uint32_t i = 0; i < 3; i++)
		rig_data(s, false, 1, i, 7, i == 1);
	rig_data(s, false, 1, 1, 7, false);
	chain_drop(&rig_chain[0]);
	for (uint32_t i = 3; i < 5; i++)
		rig_data(s, false, 1, i, 7, false);
	rig_hash(s, false, 1, 0);
	rig_close(s);
	is_found("good hi2 0 0-3\ngood hi2 0 3-4\n");
	CU_ASSERT_EQUAL(a.n_sessions, 2);
	CU_ASSERT_EQUAL(a.session[1].epoch, 1);
	done();
}

static void wrap(void)
{
	struct lemf_store *s = rig_open();
	static const uint32_t number[] = { UINT32_MAX - 2, UINT32_MAX, 0, 2, UINT32_MAX - 1 };

	for (unsigned i = 0; i < 5; i++)
		rig_data(s, true, 1, number[i], 0, false);
	rig_close(s);
	is_found("gap hi3 1-1\n");
	CU_ASSERT_EQUAL(a.totals.numbers, 6);
	CU_ASSERT_EQUAL(a.totals.judged, 5);
	done();
}

static void torn(void)
{
	struct lemf_store *s = rig_open();
	char path[400];

	for (uint32_t i = 0; i < 4; i++)
		rig_data(s, false, 1, i, 0, false);
	rig_close(s);
	snprintf(path, sizeof(path), "%s/%s/hi2.ber", rig_dir, FOLDER);
	CU_ASSERT_EQUAL(account(), LI_OK);
	CU_ASSERT_EQUAL(truncate(path, (off_t)f.file[LEMF_HI2].size - 3), 0);
	done();
	CU_ASSERT_EQUAL(account(), LI_OK);
	CU_ASSERT_EQUAL(a.totals.lost[LEMF_HI2], 1);
	CU_ASSERT_EQUAL(a.totals.pdus[LEMF_HI2], 3);
	CU_ASSERT_FALSE(a.totals.growing);
	done();
}

/* lemfd writes the rest of a PDU while we read: that is no damage. */
static void growing(void)
{
	struct lemf_store *s = rig_open();
	struct pdu_of p = rig_one(1, 1);
	struct buf b = { 0 };
	char path[400];
	int fd;

	rig_data(s, false, 1, 0, 0, false);
	rig_close(s);
	CU_ASSERT_TRUE_FATAL(pdu_iri(&b, &p));
	snprintf(path, sizeof(path), "%s/%s/hi2.ber", rig_dir, FOLDER);
	fd = open(path, O_WRONLY | O_APPEND);
	CU_ASSERT_EQUAL(write(fd, b.p, 30), 30);
	opened();
	CU_ASSERT_EQUAL(write(fd, b.p + 30, b.n - 30), (ssize_t)b.n - 30);
	close(fd);
	CU_ASSERT_EQUAL(counted(), LI_OK);
	CU_ASSERT_TRUE(a.totals.growing);
	CU_ASSERT_TRUE(account_is_good(&a.totals));
	CU_ASSERT_EQUAL(a.totals.pdus[LEMF_HI2], 1);
	done();
	is_found("");		/* and now it is whole */
	CU_ASSERT_FALSE(a.totals.growing);
	CU_ASSERT_EQUAL(a.totals.pdus[LEMF_HI2], 2);
	done();
	buf_fini(&b);
}

/* A PDU of another interception was put into the folder. */
static void planted(void)
{
	struct lemf_store *s = rig_open();
	struct pdu_of p = rig_one(1, 1);
	struct buf b = { 0 };
	char path[400];
	int fd;

	rig_data(s, false, 1, 0, 0, false);
	rig_close(s);
	p.liid = "LI-2";
	CU_ASSERT_TRUE_FATAL(pdu_iri(&b, &p));
	snprintf(path, sizeof(path), "%s/%s/hi2.ber", rig_dir, FOLDER);
	fd = open(path, O_WRONLY | O_APPEND);
	CU_ASSERT_EQUAL(write(fd, b.p, b.n), (ssize_t)b.n);
	close(fd);
	CU_ASSERT_EQUAL(account(), LI_OK);
	CU_ASSERT_EQUAL(a.totals.damaged[LEMF_HI2], 1);
	CU_ASSERT_EQUAL(a.totals.pdus[LEMF_HI2], 1);
	done();
	buf_fini(&b);
}

/* What no key opens is not judged; with the key it is, by what is inside. HO-PEN-008 */
static void sealed(void)
{
	struct cipher_key key = { .type = PS_CIPHER_AES_256, .key = { 1, 2, 3 } };
	struct cipher *c = cipher_new(&key);
	struct lemf_store *s;

	CU_ASSERT_EQUAL_FATAL(lemf_keys_cipher(&rig_keys, &key), LI_OK);
	s = rig_open();
	for (uint32_t i = 0; i < 4; i++) {
		struct pdu_of p = rig_one(1, i);
		struct buf b = { 0 }, w = { 0 };

		CU_ASSERT_TRUE_FATAL(pdu_iri(&b, &p));
		CU_ASSERT_EQUAL_FATAL(ps_wrap_put(buf_view(&b), 99, &w), LI_OK);
		CU_ASSERT_EQUAL(chain_put(&rig_chain[0], i, buf_view(&w)), LI_OK);
		CU_ASSERT_EQUAL(cipher_seal(c, w.p, w.n), LI_OK);
		if (i != 2)
			rig_put(s, buf_view(&w));
		else
			rig_chain[0].n--;	/* not named, though it is in the digest */
		buf_fini(&b);
		buf_fini(&w);
	}
	rig_hash(s, false, 1, 0);
	rig_close(s);
	is_found("bad hi2 0 0-3\ngap hi2 2-2\n");
	CU_ASSERT_EQUAL(a.totals.unjudged, 0);
	done();
	lemf_keys_fini(&rig_keys);
	is_found("missing hi2 0 0-3\n");
	CU_ASSERT_EQUAL(a.totals.unjudged, 3);
	CU_ASSERT_TRUE(account_is_open(&a.totals));
	done();
	cipher_free(c);
}

/* A signature over the hashes: with no signer's key it is open. HO-INT-014 */
static void signature(void)
{
	struct ps_check k = { .type = PS_CHECK_SIGNATURE, .data = PS_DATA_IRI, .hash = PS_HASH_SHA256, .signature = PS_SIGNATURE_ECDSA };
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	struct lemf_store *s = rig_open();
	static const uint32_t numbers[] = { 0 };
	struct buf hash = { 0 }, body = { 0 };
	uint8_t sig[SIGN_MAX];
	char path[400];
	size_t n = 0;
	int fd;

	rig_data(s, false, 1, 0, 0, false);
	rig_hash(s, false, 1, 0);
	CU_ASSERT_EQUAL(lemf_store_settle(s, NOW), LI_OK);
	CU_ASSERT_EQUAL(lemf_dir_sync(lemf_store_dir(s)), LI_OK);
	snprintf(path, sizeof(path), "%s/%s/integrity.ber", rig_dir, FOLDER);
	fd = open(path, O_RDONLY);
	CU_ASSERT_EQUAL_FATAL(buf_need(&hash, 4096), LI_OK);
	hash.n = (size_t)read(fd, hash.p, 4096);
	close(fd);
	CU_ASSERT_EQUAL_FATAL(sign_make(key, PS_HASH_SHA256, buf_view(&hash), sig, &n), LI_OK);
	k.value = view_of(sig, n);
	CU_ASSERT_EQUAL_FATAL(ps_check_write(&k, numbers, 1, &body), LI_OK);
	rig_tri(s, 1, 0, PS_TRI_INTEGRITY, buf_view(&body));
	rig_close(s);
	CU_ASSERT_EQUAL(account(), LI_OK);
	CU_ASSERT_EQUAL(a.totals.checks[LEMF_GOOD], 1);
	CU_ASSERT_EQUAL(a.totals.checks[LEMF_NO_KEY], 1);
	CU_ASSERT_TRUE(account_is_open(&a.totals));
	CU_ASSERT_FALSE(account_is_good(&a.totals));
	done();
	CU_ASSERT_EQUAL(lemf_keys_signer(&rig_keys, key), LI_OK);
	CU_ASSERT_EQUAL(account(), LI_OK);
	CU_ASSERT_EQUAL(a.totals.checks[LEMF_GOOD], 2);
	CU_ASSERT_TRUE(account_is_good(&a.totals));
	done();
	lemf_keys_fini(&rig_keys);
	buf_fini(&hash);
	buf_fini(&body);
}

/* -- the same verdict as lemfd's, whatever comes -- */

struct sent { uint32_t next[3][2]; };		/* of three CINs, IRI and CC */

static void any(struct lemf_store *s, struct sent *n, uint64_t *seed)
{
	uint32_t cin = 1 + (uint32_t)(unit_rand(seed) % 3);
	bool cc = unit_rand(seed) % 2;
	uint32_t *next = &n->next[cin - 1][cc];
	char text[80];

	switch (unit_rand(seed) % 12) {
	case 0:		/* a gap */
		*next += (uint32_t)(unit_rand(seed) % 5);
		break;
	case 1:		/* again, with the same octets or others */
		if (*next)
			rig_data(s, cc, cin, (uint32_t)(unit_rand(seed) % *next), unit_rand(seed) % 2, false);
		return;
	case 2:
		snprintf(text, sizeof(text), "not-issued HI%u cin=%u from=%u to=%u", 2 + cc, cin, *next, *next + 2);
		rig_message(s, cin, view_str(text));
		*next += 3;
		return;
	default:
		break;
	}
	rig_data(s, cc, cin, (*next)++, 0, false);
}

static void as_it_came(void)
{
	for (unsigned round = 1; round <= unit_rounds(60); round++) {
		struct lemf_store *s = rig_open();
		struct sent n = { 0 };
		uint64_t seed = round * 7919;
		struct lemf_stats st;

		for (unsigned i = 0; i < 300; i++)
			any(s, &n, &seed);
		st = *lemf_store_stats(s);
		rig_close(s);
		CU_ASSERT_EQUAL(account(), LI_OK);
		CU_ASSERT_EQUAL(a.totals.missing, st.missing);
		CU_ASSERT_EQUAL(a.totals.conflicts, st.conflicts);
		CU_ASSERT_EQUAL(a.totals.pdus[LEMF_HI2], st.pdus[LEMF_HI2]);
		CU_ASSERT_EQUAL(a.totals.pdus[LEMF_HI3], st.pdus[LEMF_HI3]);
		CU_ASSERT_EQUAL(a.totals.numbers, a.totals.judged - a.totals.again + a.totals.missing + a.totals.not_issued);
		if (a.totals.missing != st.missing)
			printf("# seed %u\n", round);
		done();
	}
}

/* Whatever is done to the files, they are read to their ends, and the sums hold. */
static void spoilt(void)
{
	static const char *const files[] = { "hi2.ber", "hi3.ber", "integrity.ber", "events.jsonl" };

	for (unsigned round = 1; round <= unit_rounds(100); round++) {
		struct lemf_store *s = rig_open();
		struct sent n = { 0 };
		uint64_t seed = round * 104729;

		for (unsigned i = 0; i < 40; i++)
			any(s, &n, &seed);
		rig_data(s, true, 1, n.next[0][1], 0, false);
		rig_hash(s, true, 1, 0);
		rig_tri(s, 1, 0, PS_TRI_CIN_RESET, view_of(NULL, 0));
		rig_data(s, false, 1, 0, 0, false);
		rig_close(s);
		for (unsigned i = 0; i < 4; i++)
			rig_flip(files[unit_rand(&seed) % 4], (long)(unit_rand(&seed) % 300));
		CU_ASSERT_EQUAL(account(), LI_OK);
		CU_ASSERT_EQUAL(a.totals.numbers, a.totals.judged - a.totals.again + a.totals.missing + a.totals.not_issued);
		done();
	}
}

static void foreign(void)
{
	struct lemf_store *s = rig_open();
	char err[300] = "", path[400];

	rig_data(s, false, 1, 0, 0, false);
	rig_close(s);
	CU_ASSERT_TRUE_FATAL(evidence_open(&d, rig_dir, err, sizeof(err)));
	CU_ASSERT_EQUAL(folder_open(&d, "../etc", &f, err, sizeof(err)), LI_ENOTFOUND);
	CU_ASSERT_EQUAL(folder_open(&d, "..", &f, err, sizeof(err)), LI_ENOTFOUND);
	CU_ASSERT_EQUAL(folder_open(&d, "", &f, err, sizeof(err)), LI_ENOTFOUND);
	CU_ASSERT_EQUAL(folder_open(&d, "NL-OP01-LI-2", &f, err, sizeof(err)), LI_ENOTFOUND);
	snprintf(path, sizeof(path), "%s/%s/hi3.ber", rig_dir, FOLDER);
	CU_ASSERT_EQUAL(symlink("/etc/passwd", path), 0);	/* lemfd makes none */
	CU_ASSERT_EQUAL(folder_open(&d, FOLDER, &f, err, sizeof(err)), LI_EIO);
	snprintf(path, sizeof(path), "%s/new", rig_dir);
	CU_ASSERT_TRUE(evidence_outside(&d, rig_dir) < 0);
	CU_ASSERT_TRUE(evidence_outside(&d, path) < 0);
	CU_ASSERT_TRUE(access(path, F_OK) < 0);		/* and it was not made to find out */
	CU_ASSERT_TRUE(evidence_create(&d, path) < 0);
	CU_ASSERT_TRUE(access(path, F_OK) < 0);
	evidence_close(&d);
	scratch_remove(rig_dir);
	buf_fini(&found);
	for (unsigned i = 0; i < 2; i++)
		chain_fini(&rig_chain[i]);
}

/* A number from before a context's beginning: the sums hold. */
static void before_the_first(void)
{
	struct lemf_store *s = rig_open();

	rig_data(s, false, 1, 0, 0, false);
	rig_data(s, false, 1, UINT32_MAX, 0, false);
	rig_data(s, false, 1, 2, 0, false);
	rig_close(s);
	is_found("gap hi2 1-1\n");
	CU_ASSERT(a.totals.judged == 3 && a.totals.again == 1 && a.totals.missing == 1 && a.totals.numbers == 3);
	done();
}

/* Objects put together of segments: there, changed, gone; of a name that was given twice the file is the later one's. HO-SEG-006 */
static void objects(void)
{
	struct lemf_store *s = rig_open();
	char path[400];

	for (uint32_t i = 0; i < 4; i++) {
		rig_tri(s, 1, 2 * i, PS_TRI_FIRST_SEGMENT, view_of(NULL, 0));
		rig_data(s, true, 1, 2 * i, 0, false);
		rig_data(s, true, 1, 2 * i + 1, 0, false);
		rig_tri(s, 1, 2 * i + 1, PS_TRI_LAST_SEGMENT, view_of(NULL, 0));
	}
	rig_close(s);
	is_found("object object-1-0-1.bin 0-1 good\nobject object-1-2-3.bin 2-3 good\nobject object-1-4-5.bin 4-5 good\nobject object-1-6-7.bin 6-7 good\n");
	CU_ASSERT(account_is_good(&a.totals) && a.totals.objects == 4);
	done();
	rig_flip("object-1-2-3.bin", 2);
	snprintf(path, sizeof(path), "%s/" FOLDER "/object-1-4-5.bin", rig_dir);
	CU_ASSERT_EQUAL(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/" FOLDER "/object-1-6-7.bin", rig_dir);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(symlink("object-1-0-1.bin", path), 0);
	is_found("object object-1-0-1.bin 0-1 good\nobject object-1-2-3.bin 2-3 differs\nobject object-1-4-5.bin 4-5 gone\nobject object-1-6-7.bin 6-7 gone\n");
	CU_ASSERT(!account_is_good(&a.totals) && !account_is_open(&a.totals) && a.totals.objects_bad == 3);
	done();
	s = rig_open();
	for (uint8_t i = 0; i < 2; i++) {
		rig_tri(s, 0, 0, PS_TRI_CIN_RESET, view_of(NULL, 0));
		rig_tri(s, 1, 0, PS_TRI_FIRST_SEGMENT, view_of(NULL, 0));
		rig_data(s, true, 1, 0, i, false);
		rig_tri(s, 1, 0, PS_TRI_LAST_SEGMENT, view_of(NULL, 0));
	}
	rig_close(s);
	is_found("object object-1-0-0.bin 0-0 good\n");
	CU_ASSERT_EQUAL(a.totals.objects, 1);
	done();
}

UNIT_MAIN("account", UNIT(whole), UNIT(before_the_first), UNIT(objects), UNIT(lacking), UNIT(not_issued), UNIT(reset), UNIT(wrap), UNIT(torn), UNIT(growing), UNIT(planted), UNIT(sealed), UNIT(signature), UNIT(as_it_came), UNIT(spoilt), UNIT(foreign))
