/* test_pcapwr.c: what libpcap reads of the capture we write is what was put in, octet for octet, at its time. */
#include "asn1/pcapwr.h"

#include <pcap/pcap.h>
#include <unistd.h>

#include "test/hex.h"

static uint8_t octets[70000];

static pcap_t *opened(const struct pcapwr *p)
{
	char error[PCAP_ERRBUF_SIZE];
	FILE *f = tmpfile();

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(p->out.p, 1, p->out.n, f), p->out.n);
	rewind(f);
	return pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, error);
}

/* Blocks of a pcapng in memory: types, and packets by interface. */
static unsigned blocks(const struct pcapwr *p, uint32_t type, struct view *last)
{
	unsigned n = 0;
	size_t at = 0;

	while (at + 12 <= p->out.n) {
		uint32_t t, len, again;

		memcpy(&t, p->out.p + at, 4);
		memcpy(&len, p->out.p + at + 4, 4);
		CU_ASSERT_FATAL(len >= 12 && len % 4 == 0 && len <= p->out.n - at);
		memcpy(&again, p->out.p + at + len - 4, 4);
		CU_ASSERT_EQUAL(len, again);
		if (t == type) {
			*last = view_of(p->out.p + at, len);
			n++;
		}
		at += len;
	}
	CU_ASSERT_EQUAL(at, p->out.n);
	return n;
}

static void structure(void)
{
	struct pcapwr p;
	struct view v;

	CU_ASSERT_EQUAL(pcapwr_init(&p), LI_OK);
	CU_ASSERT_EQUAL(blocks(&p, 0x0a0d0d0a, &v), 1);
	CU_ASSERT_EQUAL(blocks(&p, 1, &v), 4);
	for (size_t n = 0; n < 40; n++) {
		uint32_t id, high, low, cap, len;

		CU_ASSERT_EQUAL(pcapwr_put(&p, LOOK_ETHERNET, UINT64_C(0x1122334455667788) + n, PCAPWR_UNKNOWN, view_of(octets, n), "why"), LI_OK);
		CU_ASSERT_EQUAL(blocks(&p, 6, &v), n + 1);
		memcpy(&id, v.p + 8, 4);
		memcpy(&high, v.p + 12, 4);
		memcpy(&low, v.p + 16, 4);
		memcpy(&cap, v.p + 20, 4);
		memcpy(&len, v.p + 24, 4);
		CU_ASSERT(id == LOOK_ETHERNET && high == 0x11223344 && low == 0x55667788 + n && cap == n && len == n);
		CU_ASSERT_PTR_NOT_NULL(memmem(v.p, v.n, "why", 3));
	}
	CU_ASSERT_EQUAL(p.packets[LOOK_ETHERNET], 40);
	pcapwr_fini(&p);
}

static void read_back(void)
{
	uint64_t s = 3;

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)unit_rand(&s);
	for (enum look_kind kind = LOOK_GTPU; kind <= LOOK_ETHERNET; kind++) {
		size_t head = kind == LOOK_GTPU ? 28 : 0;
		struct pcap_pkthdr *h;
		const uint8_t *data;
		struct pcapwr p;
		pcap_t *pc;

		CU_ASSERT_EQUAL(pcapwr_init(&p), LI_OK);
		/* libpcap refuses a file of several link types: all descriptions become Ethernet (tshark judges them as they are,
		 * test/integration/lidump.sh) */
		for (size_t at = 0; at < p.out.n;) {
			uint32_t type, len;
			uint16_t link = 1;

			memcpy(&type, p.out.p + at, 4);
			memcpy(&len, p.out.p + at + 4, 4);
			if (type == 1)
				memcpy(p.out.p + at + 8, &link, 2);
			at += len;
		}
		for (size_t n = 20; n < 60000; n = n * 3 + 1)
			CU_ASSERT_EQUAL(pcapwr_put(&p, kind, UINT64_C(1700000000123456000) + n, n % 2 ? PCAPWR_TO_TARGET : PCAPWR_FROM_TARGET,
						   view_of(octets, n), "c"), LI_OK);
		pc = opened(&p);
		CU_ASSERT_PTR_NOT_NULL_FATAL(pc);
		for (size_t n = 20; n < 60000; n = n * 3 + 1) {
			CU_ASSERT_EQUAL_FATAL(pcap_next_ex(pc, &h, &data), 1);
			CU_ASSERT_EQUAL(h->caplen, n + head);
			CU_ASSERT(memcmp(data + head, octets, n) == 0);
			CU_ASSERT(h->ts.tv_sec == 1700000000 && (size_t)h->ts.tv_usec == 123456000 + n);
			if (head) {	/* IPv4, right in length and checksum; UDP 2152; the target's side is .1 */
				uint32_t sum = 0;

				for (size_t i = 0; i < 20; i += 2)
					sum += (uint32_t)data[i] << 8 | data[i + 1];
				CU_ASSERT_EQUAL((sum & 0xffff) + (sum >> 16), 0xffff);
				CU_ASSERT(data[0] == 0x45 && (size_t)(data[2] << 8 | data[3]) == n + 28 && data[9] == 17);
				CU_ASSERT(data[15] == (n % 2 ? 2 : 1) && data[19] == (n % 2 ? 1 : 2));
				CU_ASSERT((data[20] << 8 | data[21]) == 2152 && (data[22] << 8 | data[23]) == 2152);
				CU_ASSERT_EQUAL((size_t)(data[24] << 8 | data[25]), n + 8);
			}
		}
		CU_ASSERT_EQUAL(pcap_next_ex(pc, &h, &data), PCAP_ERROR_BREAK);
		pcap_close(pc);
		pcapwr_fini(&p);
	}
}

static void left_out(void)
{
	struct pcapwr p;
	struct view v;

	CU_ASSERT_EQUAL(pcapwr_init(&p), LI_OK);
	CU_ASSERT_EQUAL(pcapwr_put(&p, LOOK_OTHER, 0, PCAPWR_UNKNOWN, view_of(octets, 9), ""), LI_OK);
	CU_ASSERT_EQUAL(pcapwr_put(&p, LOOK_GTPU, 0, PCAPWR_UNKNOWN, view_of(octets, 65508), ""), LI_OK);
	CU_ASSERT_EQUAL(p.left_out, 2);
	CU_ASSERT_EQUAL(pcapwr_put(&p, LOOK_GTPU, 0, PCAPWR_UNKNOWN, view_of(octets, 65507), ""), LI_OK);
	CU_ASSERT_EQUAL(blocks(&p, 6, &v), 1);
	CU_ASSERT_PTR_NOT_NULL(memmem(v.p, v.n, "synthetic outer IP and UDP header", 33));
	pcapwr_fini(&p);
}

UNIT_MAIN("pcapwr", UNIT(structure), UNIT(read_back), UNIT(left_out))
