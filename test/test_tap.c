/* test_tap.c: files of every format as one source: order, cuts, filters, streams, counters. */
#include "mediation/tap/tap.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/frames.h"
#include "test/pcapng_made.h"

static char folder[] = "/tmp/test_tap.XXXXXX", path[8][64];

static void files_begin(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	for (unsigned i = 0; i < 8; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%u", folder, i);
}

static void files_end(void)
{
	for (unsigned i = 0; i < 8; i++)
		unlink(path[i]);
	rmdir(folder);
}

static void write_file(const char *to, struct view v)
{
	FILE *f = fopen(to, "wb");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL_FATAL(fwrite(v.p, 1, v.n, f), v.n);
	fclose(f);
}

/* A classic file in either byte order and precision; frame i holds the octet i. */
static void classic_begin(struct made *m, bool nano, uint32_t linktype, uint32_t snap)
{
	made_n(m, nano ? 0xa1b23c4d : 0xa1b2c3d4, 4);
	made_n(m, 2, 2);
	made_n(m, 4, 2);
	made_n(m, 0, 8);
	made_n(m, snap, 4);
	made_n(m, linktype, 4);
}

static void classic_frame(struct made *m, uint64_t sec, uint64_t part, struct view v, uint32_t wire)
{
	made_n(m, sec, 4);
	made_n(m, part, 4);
	made_n(m, v.n, 4);
	made_n(m, wire, 4);
	made_put(m, v.p, v.n);
}

static void times(const char *to, const li_us t[], size_t n, bool ng)
{
	struct made m = { .little = true };

	if (ng) {
		made_section(&m);
		made_interface(&m, 1, 0, 0, 0);
	} else {
		classic_begin(&m, false, 1, 65535);
	}
	for (size_t i = 0; i < n; i++) {
		uint8_t o = (uint8_t)i;

		if (ng)
			made_packet(&m, 0, (uint64_t)t[i], view_of(&o, 1), 1);
		else
			classic_frame(&m, (uint64_t)(t[i] / LI_US_SECOND), (uint64_t)(t[i] % LI_US_SECOND), view_of(&o, 1), 1);
	}
	write_file(to, buf_view(&m.b));
	buf_fini(&m.b);
}

static struct tap_files *open_files(size_t n, const char *filter)
{
	static const unsigned index[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	static struct tap_conf c[8];
	struct tap_files *f;
	char err[256] = "";

	for (size_t i = 0; i < n; i++)
		c[i] = (struct tap_conf){ .name = "t", .file = path[i], .filter = filter };
	f = tap_files_open(c, index, n, err, sizeof(err));
	if (!f)
		printf("# %s\n", err);
	return f;
}

static void every_format(void)
{
	files_begin();
	for (unsigned how = 0; how < 8; how++) {
		struct made m = { .little = how & 1 };
		struct tap_files *f;
		struct tap_frame t;
		struct tap_stats s;
		uint64_t part = how & 2 ? 123456789 : 123456;

		if (how & 4) {
			made_section(&m);
			made_interface(&m, 101, 0, how & 2 ? 9 : 6, 0);
			made_packet(&m, 0, UINT64_C(1700000000) * (how & 2 ? 1000000000 : 1000000) + part, view_of("abcd", 4), 9);
		} else {
			classic_begin(&m, how & 2, 101, 65535);
			classic_frame(&m, 1700000000, part, view_of("abcd", 4), 9);
		}
		write_file(path[0], buf_view(&m.b));
		f = open_files(1, NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		CU_ASSERT_EQUAL_FATAL(tap_files_next(f, &t), LI_OK);
		CU_ASSERT(view_eq(t.octets, view_of("abcd", 4)));
		CU_ASSERT_EQUAL(t.wire_len, 9);
		CU_ASSERT_EQUAL(t.dlt, DLT_RAW);
		CU_ASSERT_EQUAL(t.time, INT64_C(1700000000123456));
		CU_ASSERT_EQUAL(tap_files_next(f, &t), LI_ECLOSED);
		CU_ASSERT_EQUAL(tap_files_next(f, &t), LI_ECLOSED);
		tap_files_stats(f, 0, &s);
		CU_ASSERT(s.frames == 1 && s.octets == 4 && s.truncated == 1 && s.backwards == 0);
		tap_files_close(f);
		buf_fini(&m.b);
	}
	files_end();
}

/* Random files merge by time; at equal times the tap that stands first goes first; a file's own order is kept. Frames of one burst are
 * all good until the next. */
static void merged(void)
{
	uint64_t seed = 7;

	files_begin();
	for (unsigned round = 0; round < unit_rounds(50); round++) {
		size_t n = 1 + unit_rand(&seed) % 5, len[5], at[5] = { 0 }, total = 0;
		struct tap_files *f;
		li_us t[5][40], before = -1;
		struct tap_frame x[8];
		unsigned tap = 0;
		size_t k;

		for (size_t i = 0; i < n; i++) {
			li_us now = (li_us)(unit_rand(&seed) % 3);

			len[i] = unit_rand(&seed) % 40;
			total += len[i];
			for (size_t j = 0; j < len[i]; j++)
				t[i][j] = now += (li_us)(unit_rand(&seed) % 3);
			times(path[i], t[i], len[i], unit_rand(&seed) % 2);
		}
		f = open_files(n, NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		for (size_t i = 0; i < total; i += k) {
			size_t most = 1 + unit_rand(&seed) % 8;

			CU_ASSERT_EQUAL_FATAL(tap_files_burst(f, x, most, &k), LI_OK);
			CU_ASSERT_FATAL(k >= 1 && k <= most);
			for (size_t j = 0; j < k; j++) {
				CU_ASSERT_FATAL(x[j].tap < n && at[x[j].tap] < len[x[j].tap]);
				CU_ASSERT_EQUAL(x[j].octets.p[0], at[x[j].tap]);
				CU_ASSERT_EQUAL(x[j].time, t[x[j].tap][at[x[j].tap]]);
				at[x[j].tap]++;
				CU_ASSERT(x[j].time > before || (x[j].time == before && x[j].tap >= tap));
				before = x[j].time;
				tap = x[j].tap;
			}
		}
		CU_ASSERT_EQUAL(tap_files_burst(f, x, 8, &k), LI_ECLOSED);
		CU_ASSERT_EQUAL(k, 0);
		tap_files_close(f);
	}
	files_end();
}

static void backwards(void)
{
	static const li_us t[] = { 5, 3, 4, 4, 2 };
	struct tap_files *f;
	struct tap_frame x;
	struct tap_stats s;

	files_begin();
	times(path[0], t, 5, false);
	f = open_files(1, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (unsigned i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_OK);
		CU_ASSERT_EQUAL(x.octets.p[0], i);
	}
	tap_files_stats(f, 0, &s);
	CU_ASSERT_EQUAL(s.backwards, 2);
	tap_files_close(f);
	files_end();
}

/* One file of two is cut: its good frames come, then one error that names it; the other goes on to its end. */
static void cut_in_the_middle(void)
{
	static const li_us t[] = { 10, 20, 30 }, u[] = { 15, 25, 35, 45 };

	files_begin();
	for (int ng = 0; ng < 2; ng++) {
		struct tap_files *f;
		struct tap_frame x;
		unsigned got[2] = { 0 }, errors = 0;
		struct stat st;
		enum li_err e;

		times(path[0], t, 3, ng);
		times(path[1], u, 4, ng);
		CU_ASSERT_EQUAL_FATAL(stat(path[0], &st), 0);
		CU_ASSERT_EQUAL_FATAL(truncate(path[0], st.st_size - 1), 0);
		f = open_files(2, NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		while ((e = tap_files_next(f, &x)) != LI_ECLOSED) {
			if (e == LI_OK) {
				got[x.tap]++;
				continue;
			}
			CU_ASSERT_EQUAL(e, LI_EIO);
			CU_ASSERT_EQUAL(got[0], 2);
			CU_ASSERT_PTR_NOT_NULL(strstr(tap_files_error(f), "tap t: "));
			CU_ASSERT(strstr(tap_files_error(f), "truncated") || strstr(tap_files_error(f), "cut short"));
			errors++;
		}
		CU_ASSERT(got[0] == 2 && got[1] == 4 && errors == 1);
		tap_files_close(f);
	}
	files_end();
}

static void refused(const char *says, const char *filter)
{
	static const unsigned index;
	struct tap_conf c = { .name = "x", .file = path[0], .filter = filter };
	char err[256] = "";

	CU_ASSERT_PTR_NULL(tap_files_open(&c, &index, 1, err, sizeof(err)));
	CU_ASSERT_PTR_NOT_NULL(strstr(err, says));
	if (!strstr(err, says))
		printf("# %s\n", err);
}

static void refusals(void)
{
	struct made m = { .little = true };

	files_begin();
	refused("cannot open", NULL);
	write_file(path[0], view_of("", 0));
	refused("tap x: ", NULL);
	write_file(path[0], view_of("not a capture", 13));
	refused("unknown file format", NULL);
	write_file(path[0], view_of("\x0a\x0d\x0d\x0a zz", 7));
	refused("cut short", NULL);
	classic_begin(&m, false, 105, 65535);
	write_file(path[0], buf_view(&m.b));
	refused("capture as Ethernet", NULL);
	m.b.n = 0;
	classic_begin(&m, false, 1, 65535);
	write_file(path[0], buf_view(&m.b));
	refused("filter for link type 1: ", "udp prot 7");
	m.b.n = 0;
	made_section(&m);
	made_interface(&m, 101, 0, 0, 0);
	write_file(path[0], buf_view(&m.b));
	refused("filter for link type 12: ", "udp prot 7");
	rmdir(path[0]);
	unlink(path[0]);
	mkdir(path[0], 0700);
	refused("tap x: ", NULL);
	rmdir(path[0]);
	buf_fini(&m.b);
	files_end();
}

/* Frames of a link type that is not read: the others are, with a filter too, and the end says what was left out and the way out. */
static void unread_link_types(void)
{
	struct made m = { .little = true };
	struct tap_files *f;
	struct tap_frame x;
	struct frame fr;

	files_begin();
	made_section(&m);
	made_interface(&m, 147, 0, 0, 0);
	made_interface(&m, 1, 0, 0, 0);
	made_interface(&m, 127, 0, 0, 0);
	frame_init(&fr);
	frame_udp(&fr, 1000, 8805, 0);
	frame_ip4(&fr, 17, 8);
	frame_eth(&fr, 0x0800);
	for (unsigned i = 0; i < 6; i++)
		made_packet(&m, i % 3, i, frame_view(&fr), (uint32_t)frame_view(&fr).n);
	write_file(path[0], buf_view(&m.b));
	for (unsigned filter = 0; filter < 2; filter++) {
		f = open_files(1, filter ? "udp port 8805" : NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		for (unsigned i = 0; i < 6; i++)
			CU_ASSERT_EQUAL_FATAL(tap_files_next(f, &x), LI_OK);
		CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_EIO);
		CU_ASSERT_PTR_NOT_NULL(strstr(tap_files_error(f), "4 frames of link type 147 ("));
		CU_ASSERT_PTR_NOT_NULL(strstr(tap_files_error(f), ") and such were not read: capture as Ethernet"));
		CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_ECLOSED);
		tap_files_close(f);
	}
	buf_fini(&m.b);
	files_end();
}

/* Link types mixed in one file, a filter compiled for each. */
static void mixed_link_types(void)
{
	static const uint16_t linktype[] = { 1, 113, 276, 101, 0 };
	struct made m = { .little = true };
	struct tap_files *f;
	struct tap_frame x;

	files_begin();
	made_section(&m);
	for (unsigned i = 0; i < 5; i++)
		made_interface(&m, linktype[i], 0, 0, 0);
	for (unsigned i = 0; i < 40; i++) {
		static const char *const sll[] = { "\0\0\0\1\0\6\1\2\3\4\5\6\0\0", "\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0" };
		struct frame fr;

		frame_init(&fr);
		frame_udp(&fr, 1000, i % 2 ? 8805 : 53, 0);
		frame_ip4(&fr, 17, 8);
		switch (i % 5) {
		case 0: frame_eth(&fr, 0x0800); break;
		case 1: wr_u16(&fr.w, 0x0800); wr_put(&fr.w, sll[0], 14); break;
		case 2: wr_put(&fr.w, sll[1], 18); wr_u16(&fr.w, 0x0800); break;
		case 4: wr_put(&fr.w, "\2\0\0\0", 4); break;
		}
		made_packet(&m, i % 5, i, frame_view(&fr), (uint32_t)frame_view(&fr).n);
	}
	write_file(path[0], buf_view(&m.b));
	f = open_files(1, "udp port 8805");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (unsigned i = 1; i < 40; i += 2) {
		static const int dlt[] = { DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW, DLT_NULL };

		CU_ASSERT_EQUAL_FATAL(tap_files_next(f, &x), LI_OK);
		CU_ASSERT_EQUAL(x.time, i);
		CU_ASSERT_EQUAL(x.dlt, dlt[i % 5]);
	}
	CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_ECLOSED);
	tap_files_close(f);
	/* a filter that one of them cannot have is an error when it is met, not silence */
	f = open_files(1, "ether host 02:00:00:00:00:01");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_OK);
	CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(tap_files_error(f), "filter for link type 113"));
	tap_files_close(f);
	buf_fini(&m.b);
	files_end();
}

/* -- streams -- */

static void *trickle(void *arg)
{
	struct buf *b = arg;
	int fd = open(path[1], O_WRONLY);

	for (size_t i = 0; i < b->n; i++) {
		if (write(fd, b->p + i, 1) != 1)
			break;
		if (i % 16 == 0)
			usleep(1000);
	}
	close(fd);
	return NULL;
}

/* A FIFO written octet by octet, classic and pcapng. */
static void fifo(void)
{
	static const li_us t[] = { 1, 2, 3, 4 };

	files_begin();
	CU_ASSERT_EQUAL_FATAL(mkfifo(path[1], 0600), 0);
	for (int ng = 0; ng < 2; ng++) {
		struct tap_conf c = { .name = "fifo", .file = path[1] };
		static const unsigned index;
		uint8_t octets[1024];
		struct buf b = { octets, 0, 0, 0 };
		struct tap_files *f;
		struct tap_frame x;
		pthread_t th;
		char err[256];
		FILE *in;

		times(path[0], t, 4, ng);
		in = fopen(path[0], "rb");
		CU_ASSERT_PTR_NOT_NULL_FATAL(in);
		b.n = fread(octets, 1, sizeof(octets), in);
		fclose(in);
		CU_ASSERT_EQUAL_FATAL(pthread_create(&th, NULL, trickle, &b), 0);
		f = tap_files_open(&c, &index, 1, err, sizeof(err));
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		for (unsigned i = 0; i < 4; i++) {
			CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_OK);
			CU_ASSERT_EQUAL(x.octets.p[0], i);
		}
		CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_ECLOSED);
		tap_files_close(f);
		pthread_join(th, NULL);
	}
	files_end();
}

static void *stop_soon(void *arg)
{
	usleep(50000);
	tap_files_stop(arg);
	return NULL;
}

/* A stream that falls silent in the middle of a frame can be stopped, and that is no error. */
static void stopped(void)
{
	struct made m = { .little = true };
	struct tap_conf c = { .name = "fifo", .file = path[1] };
	static const unsigned index;
	struct tap_files *f;
	struct tap_frame x;
	pthread_t th;
	char err[256];
	int fd;

	files_begin();
	CU_ASSERT_EQUAL_FATAL(mkfifo(path[1], 0600), 0);
	fd = open(path[1], O_RDWR);
	classic_begin(&m, false, 1, 65535);
	classic_frame(&m, 1, 2, view_of("abc", 3), 3);
	classic_frame(&m, 1, 2, view_of("abc", 3), 3);
	CU_ASSERT_EQUAL_FATAL(write(fd, m.b.p, m.b.n - 1), (ssize_t)m.b.n - 1);
	f = tap_files_open(&c, &index, 1, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_OK);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&th, NULL, stop_soon, f), 0);
	CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_ECLOSED);
	CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_ECLOSED);
	pthread_join(th, NULL);
	tap_files_close(f);
	close(fd);
	buf_fini(&m.b);
	files_end();
}

/* A FIFO that nobody writes to is opened at once, and a stop ends the wait; one whose first octets are nothing is told of when they
 * are there. */
static void stream_without_writer(void)
{
	struct tap_conf c = { .name = "fifo", .file = path[1] };
	static const unsigned index;
	struct tap_files *f;
	struct tap_frame x;
	pthread_t th;
	char err[256];
	int fd;

	files_begin();
	CU_ASSERT_EQUAL_FATAL(mkfifo(path[1], 0600), 0);
	f = tap_files_open(&c, &index, 1, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&th, NULL, stop_soon, f), 0);
	CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_ECLOSED);
	pthread_join(th, NULL);
	tap_files_close(f);
	f = tap_files_open(&c, &index, 1, err, sizeof(err));
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fd = open(path[1], O_WRONLY);
	CU_ASSERT_EQUAL(write(fd, "nothing that is a capture", 25), 25);
	CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(tap_files_error(f), "unknown file format"));
	CU_ASSERT_EQUAL(tap_files_next(f, &x), LI_ECLOSED);
	tap_files_close(f);
	close(fd);
	files_end();
}

UNIT_MAIN("tap", UNIT(every_format), UNIT(merged), UNIT(backwards), UNIT(cut_in_the_middle), UNIT(refusals),
	  UNIT(mixed_link_types), UNIT(unread_link_types), UNIT(fifo), UNIT(stopped), UNIT(stream_without_writer))
