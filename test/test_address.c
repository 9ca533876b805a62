/* test_address.c: where agencies listen, as text. */
#include "handover/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "test/unit.h"

static void one(void)
{
	static const struct { const char *text, *host; uint16_t port; } good[] = {
		{ "127.0.0.1:50001", "127.0.0.1", 50001 }, { "lemf-a.example:1", "lemf-a.example", 1 }, { "[2001:db8::1]:65535", "2001:db8::1", 65535 },
		{ "[127.0.0.1]:00080", "127.0.0.1", 80 },
	};
	static const char *const bad[] = { "", ":", "a:", ":1", "a:0", "a:65536", "a:000001", "a:1x", "2001:db8::1:1", "[]:1", "[::1:1", "::1]:1", "[a]:1",
		"a b:1", "a\n:1", "a_b:1", "[::1]", "[::1]1", "a:-1" };
	struct address a;
	char text[400];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT(address_read(good[i].text, strlen(good[i].text), &a));
		CU_ASSERT(strcmp(a.host, good[i].host) == 0 && a.port == good[i].port);
		for (size_t n = 0; n + 1 < strlen(good[i].text); n++)	/* cut; never read past it */
			if (address_read(good[i].text, n, &a))
				CU_ASSERT_STRING_EQUAL(a.host, good[i].host);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(address_read(bad[i], strlen(bad[i]), &a));
	memset(text, 'a', sizeof(text));
	memcpy(text + LI_NAME_MAX, ":1", 3);
	CU_ASSERT(address_read(text, strlen(text), &a) && strlen(a.host) == LI_NAME_MAX);
	memcpy(text + LI_NAME_MAX, "a:1", 4);
	CU_ASSERT_FALSE(address_read(text, strlen(text), &a));
}

static void several(void)
{
	const char *s = "a:1 [::1]:2  b:3 ";
	struct address a;

	CU_ASSERT(address_next(&s, &a) && strcmp(a.host, "a") == 0);
	CU_ASSERT(address_next(&s, &a) && strcmp(a.host, "::1") == 0 && a.port == 2);
	CU_ASSERT(address_next(&s, &a) && strcmp(a.host, "b") == 0);
	CU_ASSERT_FALSE(address_next(&s, &a));
	CU_ASSERT_EQUAL(*s, '\0');
	s = "x";
	CU_ASSERT_FALSE(address_next(&s, &a));
}

static void literal(void)
{
	struct sockaddr_storage to;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&to;

	CU_ASSERT(address_literal("127.0.0.1", 7, AF_UNSPEC, &to) && v4->sin_family == AF_INET && ntohs(v4->sin_port) == 7);
	CU_ASSERT(address_literal("::1", 7, AF_UNSPEC, &to) && to.ss_family == AF_INET6);
	CU_ASSERT(address_literal("::1", 7, AF_INET6, &to) && address_literal("127.0.0.1", 7, AF_INET, &to));
	CU_ASSERT_FALSE(address_literal("::1", 7, AF_INET, &to));
	CU_ASSERT_FALSE(address_literal("127.0.0.1", 7, AF_INET6, &to));
	CU_ASSERT_FALSE(address_literal("localhost", 7, AF_UNSPEC, &to));
}

UNIT_MAIN("address", UNIT(one), UNIT(several), UNIT(literal))
