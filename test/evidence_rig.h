/* evidence_rig.h: a LEMF's directory with an interception in it, filled through lemf_store.h, to be read again by what reports on it. */
#ifndef TEST_EVIDENCE_RIG_H
#define TEST_EVIDENCE_RIG_H

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "handover/chain.h"
#include "handover/lemf_store.h"
#include "handover/report/account.h"
#include "test/gen/pdus.h"
#include "test/scratch.h"
#include "test/unit.h"

#define NOW INT64_C(1770371041608000)
#define LIID "LI-1"
#define FOLDER "NL-OP01-LI-1"

static char rig_dir[SCRATCH_PATH];
static struct chain rig_chain[2];	/* of the IRI and of the CC put since the last hash */
static struct lemf_keys rig_keys;
static const char *rig_liid = LIID, *rig_country = "NL";
static li_us rig_now = NOW;		/* of what comes */
static uint64_t rig_connection = 1;	/* that it comes on */
static bool (*rig_alone)(const struct lemf_source *me, enum lemf_kind kind);

/* What is there already, as a start finds it. */
static inline struct lemf_store *rig_open_again(void)
{
	char err[300] = "";
	struct lemf_store *s = lemf_store_open(rig_dir, 42, rig_now, err, sizeof(err));

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	lemf_store_keys(s, &rig_keys);
	return s;
}

static inline struct lemf_store *rig_open(void)
{
	scratch_new(rig_dir);
	for (unsigned i = 0; i < 2; i++) {
		chain_fini(&rig_chain[i]);
		CU_ASSERT_EQUAL_FATAL(chain_init(&rig_chain[i], PS_HASH_SHA256), LI_OK);
	}
	return rig_open_again();
}

static inline void rig_sync(struct lemf_store *s)
{
	CU_ASSERT_EQUAL(lemf_store_settle(s, rig_now), LI_OK);
	CU_ASSERT_EQUAL(lemf_dir_sync(lemf_store_dir(s)), LI_OK);
}

static inline void rig_close(struct lemf_store *s)
{
	rig_sync(s);
	lemf_store_close(s);
}

static inline void rig_put(struct lemf_store *s, struct view v)
{
	static const uint8_t sha[32] = { 0xab };
	const struct lemf_source from = { .id = rig_connection, .address = "127.0.0.1:60000", .subject = "CN=<b>\"mdf\"</b>", .sha256 = sha, .alone = rig_alone };
	struct ps_pdu p;
	const char *what;
	size_t at;

	CU_ASSERT_EQUAL_FATAL(ps_decode(v, &p, &at, &what), LI_OK);
	CU_ASSERT_EQUAL(lemf_store_put(s, &p, &from, rig_now), LI_OK);
}

static inline struct pdu_of rig_one(uint32_t cin, uint32_t number)
{
	return (struct pdu_of){ .liid = rig_liid, .element = "MDF-1", .country = rig_country, .has_cin = cin != 0, .cin = cin, .number = number,
				.time = NOW + number * LI_US_SECOND / 3, .extra = number * 31 % 90, .fill = (uint8_t)number };
}

/* Sent and digested; lost: it does not arrive. fill: other octets than usual. */
static inline void rig_data(struct lemf_store *s, bool cc, uint32_t cin, uint32_t number, uint8_t fill, bool lost)
{
	struct pdu_of p = rig_one(cin, number);
	struct buf b = { 0 };

	p.fill = (uint8_t)(p.fill + fill);
	CU_ASSERT_TRUE_FATAL(cc ? pdu_cc(&b, &p) : pdu_iri(&b, &p));
	CU_ASSERT_EQUAL(chain_put(&rig_chain[cc], number, buf_view(&b)), LI_OK);
	if (!lost)
		rig_put(s, buf_view(&b));
	buf_fini(&b);
}

static inline void rig_tri(struct lemf_store *s, uint32_t cin, uint32_t number, enum ps_tri kind, struct view body)
{
	struct pdu_of p = rig_one(cin, number);
	struct buf b = { 0 };

	CU_ASSERT_TRUE_FATAL(pdu_tri(&b, &p, kind, body));
	rig_put(s, buf_view(&b));
	buf_fini(&b);
}

/* A hash of the chain. */
static inline void rig_hash(struct lemf_store *s, bool cc, uint32_t cin, uint32_t number)
{
	struct ps_check k = { .type = PS_CHECK_HASH, .data = cc ? PS_DATA_CC : PS_DATA_IRI, .hash = PS_HASH_SHA256 };
	struct chain *c = &rig_chain[cc];
	uint8_t digest[CHAIN_DIGEST_MAX];
	struct buf body = { 0 };
	size_t n = c->n, size = 0;

	CU_ASSERT_EQUAL_FATAL(chain_take(c, digest, &size), LI_OK);
	k.value = view_of(digest, size);
	CU_ASSERT_EQUAL_FATAL(ps_check_write(&k, c->number, n, &body), LI_OK);
	rig_tri(s, cin, number, PS_TRI_INTEGRITY, buf_view(&body));
	buf_fini(&body);
}

static inline void rig_message(struct lemf_store *s, uint32_t cin, struct view text)
{
	struct buf body = { 0 };

	CU_ASSERT_EQUAL_FATAL(ps_message_write(PS_INFORMATIONAL, text, &body), LI_OK);
	rig_tri(s, cin, 0, PS_TRI_OPERATOR_MESSAGE, buf_view(&body));
	buf_fini(&body);
}

/* One octet of a file, changed; before 0: from the end. */
static inline void rig_flip(const char *file, long at)
{
	char path[400];
	uint8_t c;
	int fd;

	snprintf(path, sizeof(path), "%s/%s/%s", rig_dir, FOLDER, file);
	fd = open(path, O_RDWR);
	CU_ASSERT_FATAL(fd >= 0);
	long size = lseek(fd, 0, SEEK_END);

	at = at < 0 ? at + size : at % size;
	CU_ASSERT_EQUAL(pread(fd, &c, 1, at), 1);
	c ^= 4;
	CU_ASSERT_EQUAL(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

#endif
