/* fuzz_lemf.c: the receiver behind TLS: session and store, fed with any octets in chunks of the first octet's size; then
 * the store is opened again over what it wrote. */
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "handover/lemf_peer.h"
#include "handover/lemf_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1770371041608000)

static struct lemf_store *store;
static const uint8_t sha[32];
static const struct lemf_source from = { .id = 1, .address = "address", .subject = "subject", .sha256 = sha };

static int rm(const char *p, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(p);
}

static enum li_err on_pdu(void *arg, const struct ps_pdu *p)
{
	(void)arg;
	return lemf_store_put(store, p, &from, NOW);
}

static enum li_err on_bad(void *arg, struct view pdu, enum li_err why, size_t at, const char *what)
{
	(void)arg;
	return lemf_store_bad(store, pdu, why, at, what, &from, NOW);
}

static enum li_err on_reply(void *arg, struct view pdu)
{
	size_t n;

	(void)arg;
	if (ps_next(pdu, &n) || n != pdu.n)
		abort();	/* what we answer is always a PDU */
	return LI_OK;
}

static void on_ack(void *arg)
{
	(void)arg;
}

static void on_note(void *arg, const char *event, const char *text)
{
	(void)arg;
	if (lemf_store_note(store, event, &from, text, NOW))
		abort();
}

static const struct lemf_peer_ops ops = { on_pdu, on_bad, on_reply, on_ack, on_note };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[64], err[300];
	size_t chunk, at = 1;
	enum li_err e = LI_OK;

	if (size < 2 || size > 65536)
		return 0;
	chunk = data[0] ? data[0] : size;
	snprintf(dir, sizeof(dir), "%s/openmdf-fuzz-lemf.%ld", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm", (long)getpid());
	for (unsigned round = 0; round < 2; round++, at = 1) {
		struct lemf_peer c;
		uint64_t stored;

		store = lemf_store_open(dir, 1, NOW, err, sizeof(err));
		if (!store)
			abort();
		lemf_store_gap_wait(store, data[0] & 4 ? LI_US_SECOND : 0);
		lemf_peer_init(&c, &ops, NULL);
		c.options = (enum lemf_options)(data[0] % 4);
		e = LI_OK;
		for (size_t n; at < size && !e; at += n) {
			n = chunk < size - at ? chunk : size - at;
			e = lemf_peer_feed(&c, view_of(data + at, n), NOW);
		}
		if (lemf_peer_tick(&c, NOW + LEMF_OPTION_WAIT))
			abort();
		if (lemf_peer_mark(&c) && lemf_peer_ack(&c, NOW))
			abort();
		if (lemf_store_settle(store, NOW + LI_US_SECOND / 2) || (data[0] & 8 && lemf_store_end(store, NOW)) || lemf_dir_flush(lemf_store_dir(store)))
			abort();
		stored = lemf_store_stats(store)->pdus[LEMF_HI2] + lemf_store_stats(store)->pdus[LEMF_HI3];
		if (round && stored && !lemf_store_stats(store)->conflicts && !lemf_store_stats(store)->repeats &&
		    !memchr(data, 0x87, size))
			abort();	/* the second time all of it is there already, unless there may have been a cINReset */
		lemf_peer_fini(&c);
		lemf_store_close(store);
	}
	nftw(dir, rm, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
