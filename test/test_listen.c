/* test_listen.c: where a service may listen, as text; what cannot be listened on is said. */
#include <unistd.h>

#include "mediation/listen.h"
#include "test/unit.h"

static void addresses(void)
{
	struct listen_at a;

	CU_ASSERT_EQUAL(listen_read("127.0.0.1:9100", &a), LI_OK);
	CU_ASSERT(listen_is_local(&a) && a.port == 9100);
	CU_ASSERT_EQUAL(listen_read("[::1]:0", &a), LI_OK);
	CU_ASSERT(listen_is_local(&a) && a.port == 0);
	CU_ASSERT_EQUAL(listen_read("192.0.2.1:65535", &a), LI_OK);
	CU_ASSERT(!listen_is_local(&a));
	CU_ASSERT_EQUAL(listen_read("[2001:db8::1]:80", &a), LI_OK);
	CU_ASSERT(!listen_is_local(&a));
	CU_ASSERT_EQUAL(listen_read("0.0.0.0:80", &a), LI_OK);
	CU_ASSERT(!listen_is_local(&a));
	CU_ASSERT_EQUAL(listen_read("[::]:80", &a), LI_OK);
	CU_ASSERT(!listen_is_local(&a));
	CU_ASSERT_EQUAL(listen_read("unix:/run/x", &a), LI_OK);
	CU_ASSERT(listen_is_local(&a) && strcmp(a.path, "/run/x") == 0);
	static const char *const bad[] = { "", ":", "9100", ":9100", "localhost:9100", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
		"127.0.0.1:1x", "127.0.0.1:-1", "::1:80", "[127.0.0.1]:80", "unix:", "[::1]", "[::1]:", "127.0.0.1:000080" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(listen_read(bad[i], &a), LI_EFORMAT);
}

/* What cannot be listened on is said. */
static void listening(void)
{
	static const struct { const char *at, *why; } bad[] = { { "unix:/proc/none/socket", "its folder: " }, { "unix:/proc/version", "is no socket" },
		{ "192.0.2.77:9100", "Cannot assign" }, { "[2001:db8::77]:9100", "listen" } };
	struct listen_at a;
	uint16_t used, second;
	char err[256];
	int fd;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(listen_read(bad[i].at, &a), LI_OK);
		CU_ASSERT_EQUAL(listen_open(&a, (gid_t)-1, &used, err, sizeof(err)), -1);
		CU_ASSERT_PTR_NOT_NULL(strstr(err, bad[i].why));
	}
	CU_ASSERT_EQUAL_FATAL(listen_read("127.0.0.1:0", &a), LI_OK);
	fd = listen_open(&a, (gid_t)-1, &used, err, sizeof(err));
	CU_ASSERT(fd >= 0 && used > 0);
	a.port = used;
	CU_ASSERT_EQUAL(listen_open(&a, (gid_t)-1, &second, err, sizeof(err)), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "in use"));
	close(fd);
}

UNIT_MAIN("listen", UNIT(addresses), UNIT(listening))
