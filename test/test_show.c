/* test_show.c: answers of the control socket for people: what stands on the screen, and that nothing in an answer can move its cursor. */
#include <stdlib.h>
#include <string.h>

#include "mediation/show.h"
#include "mediation/show_status.h"
#include "test/unit.h"

enum how { ANSWER, STATUS, COUNTERS };

static char *shown(enum how how, const char *columns, const char *json)
{
	struct json_doc d;
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	CU_ASSERT_FATAL(out && json_read(view_str(json), &d) == LI_OK);
	if (how == ANSWER)
		show_answer(out, &d, columns);
	else if (how == STATUS)
		show_status(out, &d);
	else
		show_counters(out, &d);
	fclose(out);
	json_doc_fini(&d);
	return text;
}

/* Each line of it stands there. */
static void has(char *text, const char *const lines[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_PTR_NOT_NULL(strstr(text, lines[i]));
		if (!strstr(text, lines[i]))
			printf("# no \"%s\" in:\n%s\n", lines[i], text);
	}
	free(text);
}
#define HAS(text, ...) has(text, (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void tables(void)
{
	static const char list[] = "{\"ok\":true,\"warrants\":[{\"liid\":\"A\",\"x_id\":7,\"on\":true,\"of\":[1,\"b\"]},{\"liid\":\"long\",\"x_id\":null,\"of\":{\"a\":1}}],"
		"\"more\":{\"a\":1,\"b\":{\"c\":\"d\"}},\"n\":3,\"none\":[]}";
	char *text = shown(ANSWER, NULL, list);

	HAS(text, "LIID  X ID  ON   OF\nA     7     yes  1, b\nlong  -     -    a 1\n", "a                        1\nb\n  c                      d\n",
	    "n                        3\n", "none\n");
	HAS(shown(ANSWER, "of liid nothing", list), "OF    LIID  NOTHING\n1, b  A     -\n");
}

static void status(void)
{
	HAS(shown(STATUS, NULL, "{\"status\":{\"version\":\"1\",\"state\":\"running\",\"since\":\"2026-01-01T00:00:00.5Z\",\"sandbox\":\"on\"},"
		"\"alarms\":[{\"what\":\"destination\",\"object\":\"1 HI2\",\"text\":\"down\",\"since\":\"2026-01-01T00:00:01.5Z\",\"count\":2,"
		"\"last\":\"2026-01-01T00:00:02.5Z\",\"action\":\"ask\"}],"
		"\"alarms_over\":[{\"what\":\"disk\",\"object\":\"x\",\"text\":\"full\",\"since\":\"2026-01-01T00:00:03.5Z\",\"count\":1,\"over\":\"2026-01-01T00:00:04.5Z\"}],"
		"\"taps\":[{\"name\":\"core\",\"dropped\":{\"a\":0,\"b\":3,\"c\":4}}],"
		"\"destinations\":[{\"destination\":\"1\",\"kind\":\"HI2\"}],\"clock\":{\"synchronised\":false,\"error_us\":1500,\"worst_error_us\":2000,\"steps\":1},"
		"\"disks\":[{\"name\":\"state\",\"path\":\"/s\",\"free_octets\":512,\"size_octets\":5368709120}],"
		"\"certificates\":[{\"of\":\"own\",\"what\":\"certificate\",\"days_left\":9,\"ends\":\"2026-01-10T00:00:00.0Z\"},{\"of\":\"own\",\"what\":\"crl\",\"days_left\":null}],"
		"\"sessions\":{\"known\":5,\"intercepted\":2,\"interceptions\":3,\"warrants\":4},\"memory\":{\"resident_octets\":104857600}}"),
	    "mdfd 1, running since 2026-01-01T00:00:00Z: 1 ALARM\n", "ALARM destination 1 HI2: down\n      since 2026-01-01T00:00:01Z, 2 times, the last 2026-01-01T00:00:02Z\n      ask\n",
	    "over  disk x: full\n      since 2026-01-01T00:00:03Z, over 2026-01-01T00:00:04Z\n", "core dropped: 3 b, 4 c\n", "NOT IN STEP; error about 1.500 ms",
	    "disk          state: 512 B free of 5.0 GiB (/s)\n", "certificate   own certificate: 9 days left, until 2026-01-10T00:00:00Z\n",
	    "certificate   own crl: cannot be read\n", "sessions      5 known, 2 intercepted; interceptions 3; warrants 4\n", "memory        100 MiB\n", "DESTINATION  NAME  KIND");
	HAS(shown(STATUS, NULL, "{\"status\":{\"version\":\"1\"},\"clock\":{\"synchronised\":true}}"), ": well\n", "in step");
	HAS(shown(COUNTERS, NULL, "{\"counters\":[{\"name\":\"a_total\",\"value\":0,\"means\":\"nothing\"},{\"name\":\"b_total\",\"value\":7,\"means\":\"something\","
		"\"of\":{\"tap\":\"core\"}}]}"), "b_total core", " 7\n    something\n");
}

/* Whatever stands in names and values: controls of ASCII, and those that UTF-8 writes in two octets. */
static void cursor(void)
{
#define ESC "\\u001b[2J"
#define CSI "\\u009b2J"
	static const char *const json[] = { "{\"" ESC "\":\"" ESC "\",\"" CSI "\":[{\"" ESC CSI "\":\"" CSI "\\u007f\"}],\"o\":{\"" CSI "\":\"" ESC "\"}}",
		"{\"status\":{\"version\":\"" CSI "\"},\"taps\":[{\"name\":\"" ESC "\",\"dropped\":{\"" ESC "\":\"" CSI "\"}}]}",
		"{\"counters\":[{\"name\":\"" ESC "\",\"value\":\"" CSI "\",\"of\":{\"a\":\"" CSI "\"}}]}" };

	for (enum how how = ANSWER; how <= COUNTERS; how++) {
		char *text = shown(how, NULL, json[how]);

		CU_ASSERT_PTR_NOT_NULL(strstr(text, "2J"));
		CU_ASSERT_PTR_NULL(strpbrk(text, "\x1b\x7f"));
		CU_ASSERT_PTR_NULL(strstr(text, "\xc2\x9b"));
		free(text);
	}
	HAS(shown(ANSWER, NULL, "{\"name\":\"Zürich \\u00a0ö\"}"), "Zürich \xc2\xa0ö");	/* letters stay */
}

UNIT_MAIN("show", UNIT(tables), UNIT(status), UNIT(cursor))
