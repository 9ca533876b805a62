/* test_page.c: the report's page: what it holds, that text of others stays text in it, and that it is bounded. */
#include "handover/report/page.h"

#include <stdlib.h>
#include <string.h>

#include "asn1/ps_hi4.h"
#include "asn1/ps_wrap.h"
#include "handover/cipher.h"
#include "test/evidence_rig.h"
#include "test/json.h"

static struct page *p;
static struct buf page;

static void slurp(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY);
	ssize_t k = 1;

	page.n = 0;
	while (fd >= 0 && k > 0) {
		CU_ASSERT_EQUAL_FATAL(buf_need(&page, 65537), LI_OK);
		k = read(fd, page.p + page.n, 65536);
		page.n += k > 0 ? (size_t)k : 0;
	}
	close(fd);
	CU_ASSERT_EQUAL(buf_put(&page, "", 1), LI_OK);
}

static void made(const char *folder)
{
	struct evidence d;
	char err[300] = "", dir[] = "/tmp/openmdf-page.XXXXXX";
	int fd;

	p = malloc(sizeof(*p));
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_EQUAL_FATAL(page_begin(p, &rig_keys, NOW), LI_OK);
	CU_ASSERT_TRUE_FATAL(evidence_open(&d, rig_dir, err, sizeof(err)));
	CU_ASSERT_EQUAL_FATAL(folder_open(&d, folder, &p->folder, err, sizeof(err)), LI_OK);
	CU_ASSERT_EQUAL(account_make(&p->a, &p->folder, p->keys, 7, &page_ops, p), LI_OK);
	CU_ASSERT_EQUAL_FATAL(sheet_open(&p->out, fd, "x.html"), LI_OK);
	page_write(p);
	CU_ASSERT_EQUAL(sheet_close(&p->out), LI_OK);
	slurp(fd, "x.html");
	unlinkat(fd, "x.html", 0);
	close(fd);
	rmdir(dir);
	account_fini(&p->a);
	folder_close(&p->folder);
	evidence_close(&d);
	page_end(p);
}

static unsigned count(const char *what)
{
	unsigned n = 0;

	for (const char *at = (const char *)page.p; (at = strstr(at, what)); at += strlen(what))
		n++;
	return n;
}

static bool says(const char *what)
{
	bool it = strstr((const char *)page.p, what);

	if (!it)
		printf("# it does not say %s\n", what);
	return it;
}

#define DATA "<script type=\"application/json\" id=\""

/* Each script of data is one JSON value; how many there are. No other script but the page's own. */
static unsigned data(void)
{
	unsigned n = 0;

	for (const char *at = (const char *)page.p; (at = strstr(at, DATA)); n++) {
		const char *begin = strchr(at, '>') + 1, *end = strstr(begin, "</script>");

		CU_ASSERT_PTR_NOT_NULL_FATAL(end);
		CU_ASSERT_TRUE(json_ok(view_of(begin, (size_t)(end - begin))));
		at = end;
	}
	CU_ASSERT_EQUAL(count("<script"), n + 1);
	CU_ASSERT_EQUAL(count("</script"), n + 1);
	return n;
}

static void whole(void)
{
	struct lemf_store *s = rig_open();

	for (uint32_t i = 0; i < 10; i++)
		rig_data(s, false, 7, i, 0, i == 4);
	rig_hash(s, false, 7, 0);
	for (uint32_t i = 0; i < 5; i++)
		rig_data(s, true, 7, i, 0, false);
	rig_hash(s, true, 7, 0);
	rig_tri(s, 7, 0, PS_TRI_TEST, view_of(NULL, 0));
	rig_message(s, 7, view_str("maintenance tonight"));
	rig_close(s);
	made(FOLDER);
	CU_ASSERT_EQUAL(data(), 1 + 9 + 5);
	CU_ASSERT_EQUAL(p->records, 9);
	CU_ASSERT_EQUAL(p->content, 5);
	CU_ASSERT_TRUE(says("<h1>Interception <bdi>LI-1</bdi></h1>"));
	CU_ASSERT_TRUE(says("HI2, element MDF-1, CIN 7</td><td class=n>4</td><td class=n>4</td><td class=n>1</td>"));
	CU_ASSERT_TRUE(says("<td class=bad>missing</td><td class=n>0</td><td class=n>9</td>"));
	CU_ASSERT_TRUE(says("<td class=good>good</td><td class=n>0</td><td class=n>4</td>"));
	CU_ASSERT_TRUE(says("maintenance tonight"));
	CU_ASSERT_TRUE(says("<svg viewBox="));
	CU_ASSERT_TRUE(says("CIN 7</text>"));
	CU_ASSERT_TRUE(says("9 records (IRI) and 5 items of content (CC)"));
	CU_ASSERT_TRUE(says("CN=&#60;b&#62;"));		/* the subject of the certificate */
	CU_ASSERT_EQUAL(count("{{"), 0);
	CU_ASSERT_EQUAL(count("http:") + count("https:") + count(" src=") + count("url(") + count("@import") + count("<link") + count("<img"), 0);
	CU_ASSERT_EQUAL(count("content=\"default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"), 1);
	free(p);
}

static void hostile(void)
{
	struct lemf_store *s;

	rig_liid = "</script><b a=\"'&\xe2\x80\xae\xff";
	rig_country = "<b";
	s = rig_open();
	rig_data(s, false, 7, 0, 0, false);
	rig_data(s, false, 7, 2, 0, false);
	rig_message(s, 7, view_str("</script><script>alert(1)</script><!--\xe2\x80\xa8\xff\"';--></td></tr><img src=x onerror=alert(2)>"));
	rig_close(s);
	made("%3Cb-OP01-%3C%2Fscript%3E%3Cb%20a%3D%22%27%26%E2%80%AE%FF");
	rig_liid = LIID;
	rig_country = "NL";
	CU_ASSERT_EQUAL(data(), 3);
	CU_ASSERT_EQUAL(count("<img") + count("<b ") + count("\"<b\"") + count("alert(1)</script") + count("<!--"), 0);
	CU_ASSERT_TRUE(says("&#60;img src=x onerror=alert(2)&#62;"));
	CU_ASSERT_EQUAL(count("\xe2\x80\xae"), 0);
	CU_ASSERT_EQUAL(count("\xff"), 0);
	free(p);
}

/* What came encrypted stands decrypted, and says so; its octets are as they came. */
static void sealed(void)
{
	struct cipher_key key = { .type = PS_CIPHER_AES_256, .key = { 1, 2, 3 } };
	struct pdu_of of = rig_one(7, 0);
	struct cipher *c = cipher_new(&key);
	struct buf b = { 0 }, w = { 0 };
	struct lemf_store *s;

	CU_ASSERT_EQUAL_FATAL(lemf_keys_cipher(&rig_keys, &key), LI_OK);
	s = rig_open();
	CU_ASSERT_TRUE_FATAL(pdu_iri(&b, &of));
	CU_ASSERT_EQUAL_FATAL(ps_wrap_put(buf_view(&b), 99, &w), LI_OK);
	CU_ASSERT_EQUAL(cipher_seal(c, w.p, w.n), LI_OK);
	rig_put(s, buf_view(&w));
	rig_close(s);
	made(FOLDER);
	CU_ASSERT_EQUAL(data(), 2);
	CU_ASSERT_EQUAL(count("\"decrypted\":true"), 1);
	CU_ASSERT_TRUE(says("\"iRIPayloadSequence\""));
	CU_ASSERT_TRUE(says("<td><bdi>REPORT</bdi></td>"));
	free(p);
	lemf_keys_fini(&rig_keys);
	made(FOLDER);
	CU_ASSERT_EQUAL(count("\"decrypted\":true") + count("\"iRIPayloadSequence\""), 0);
	CU_ASSERT_TRUE(says("encryptionContainer"));
	CU_ASSERT_TRUE(says("not all could be judged"));
	free(p);
	cipher_free(c);
	buf_fini(&b);
	buf_fini(&w);
}

static void bounded(void)
{
	struct lemf_store *s = rig_open();
	char text[120];

	for (uint32_t i = 0; i < 3000; i++)
		rig_data(s, false, 1 + i % 300, i / 300 * 2 + 1, 0, false);	/* each opens a gap */
	for (uint32_t i = 0; i < 300; i++)
		rig_data(s, true, 1 + i % 300, 0, 0, false);
	for (uint32_t i = 0; i < 1200; i++) {
		snprintf(text, sizeof(text), "message %u", i);
		rig_message(s, 1, view_str(text));
	}
	rig_close(s);
	made(FOLDER);
	CU_ASSERT_EQUAL(data(), 1 + PAGE_RECORDS_FIRST + PAGE_RECORDS_LAST + PAGE_CONTENT_FIRST + PAGE_CONTENT_LAST);
	CU_ASSERT_TRUE(says("2000 more are not in this page"));		/* gaps */
	CU_ASSERT_EQUAL(count("</td><td class=n>1</td></tr>\n"), PAGE_ROWS);
	CU_ASSERT_TRUE(says("200 more are not in this page"));		/* messages */
	CU_ASSERT_TRUE(says("Of 3000 records the first 500 and the last 1500 are shown here"));
	CU_ASSERT_TRUE(says("100 further sessions have no row here"));
	CU_ASSERT_EQUAL(p->a.totals.missing, 3000);
	free(p);
}

static void members(void)
{
	struct buf b = { 0 };

	CU_ASSERT_EQUAL(page_members(view_str("{\"a\": {\"dNN\": \"inter\\\"net\", \"x\": \"tAC\", \"uEEndpoint\": [{\"iPv4Address\": \"0a2d0002\"}, "
		"{\"iPv6Address\": \"20010db8000000000000000000000001\"}, {\"iPv4Address\": \"0a2d\"}], \"pDUSessionID\": 5, \"dNN\": \"inter\\\"net\"}"), &b), LI_OK);
	CU_ASSERT_EQUAL(buf_put(&b, "", 1), LI_OK);
	CU_ASSERT_STRING_EQUAL((const char *)b.p, "dNN inter\\\"net; iPv4Address 10.45.0.2; iPv6Address 2001:db8::1; iPv4Address 0a2d; pDUSessionID 5");
	b.n = 0;
	CU_ASSERT_EQUAL(page_members(view_str("{\"dNN\": \"never ends"), &b), LI_OK);
	CU_ASSERT_EQUAL(page_members(view_str("{\"dNN\":"), &b), LI_OK);
	CU_ASSERT_EQUAL(page_members(view_str("\""), &b), LI_OK);
	CU_ASSERT_EQUAL(b.n, 0);
	buf_fini(&b);
}

/* Notifications and objects have tables of their own. HO-HI4-005, HO-HI4-006 */
static void notified(void)
{
	struct ps_head h = { .gen_header = 33, .liid = { 4, "LI-1" }, .has_auth_country = true, .auth_country = { { 'N', 'L' } }, .operator_id = view_str("OP01"),
		.element_id = view_str("MDF-1") };
	struct ps_hi4 n = { .release = 19, .version = 3, .has_start = true, .start = NOW, .has_end = true, .end = NOW + LI_US_SECOND };
	struct lemf_store *s = rig_open();
	struct buf b = { 0 };

	for (uint32_t i = 0; i < 3; i++) {
		b.n = 0;
		n.type = (enum ps_hi4_type)(i + 1);
		CU_ASSERT_EQUAL_FATAL(ps_enc_hi4(&h, &n, i, NOW, &b), LI_OK);
		rig_put(s, buf_view(&b));
	}
	b.n = 0;	/* of a later version */
	CU_ASSERT_EQUAL_FATAL(ps_enc_payload(&h, 3, NOW, view_of("\xa7\x04\xa9\x02\x80\x00", 6), &b), LI_OK);
	rig_put(s, buf_view(&b));
	b.n = 0;	/* HI1: an alarm, its text hostile */
	CU_ASSERT_EQUAL_FATAL(ps_enc_payload(&h, 0, NOW, view_of("\xa3\x1c\xa4\x1a\xa2\x0f\x81\x0d" "260206094401Z" "\x83\x07<x>&\"</", 30), &b), LI_OK);
	rig_put(s, buf_view(&b));
	rig_tri(s, 7, 0, PS_TRI_FIRST_SEGMENT, view_of(NULL, 0));
	rig_data(s, true, 7, 0, 0, false);
	rig_tri(s, 7, 0, PS_TRI_LAST_SEGMENT, view_of(NULL, 0));
	rig_close(s);
	made(FOLDER);
	CU_ASSERT_EQUAL(data(), 1 + 5 + 1);
	CU_ASSERT_EQUAL(p->notifications.n, 5);
	CU_ASSERT_TRUE(says("<td class=t>2026-02-06 09:44:01.608000</td><td>activation</td><td>threeGPP-LI-Notification</td><td class=t>2026-02-06 09:44:01.608000</td>"
			    "<td class=t>2026-02-06 09:44:02.608000</td>"));
	CU_ASSERT_TRUE(says("<td>deactivation</td><td>threeGPP-LI-Notification</td>"));
	CU_ASSERT_TRUE(says("<td>modification</td><td>threeGPP-LI-Notification</td>"));
	CU_ASSERT_TRUE(says("<td>[9]</td><td>hI4Payload of a later version</td>"));
	CU_ASSERT_TRUE(says("<td>alarm</td><td>hI1-Operation</td>"));
	CU_ASSERT_TRUE(says("<td class=w>&#60;x&#62;&#38;&#34;&#60;/</td>"));
	CU_ASSERT_TRUE(says("<td><bdi>activation</bdi></td><td><bdi>threeGPP-LI-Notification</bdi></td>"));
	CU_ASSERT_TRUE(says("<td>object-7-0-0.bin</td><td class=n>0</td><td class=n>0</td>"));
	CU_ASSERT_EQUAL(count("unknown payload"), 0);
	free(p);
	buf_fini(&b);
}

/* Spoilt files give a page all the same, and nothing of them gets out of its place. */
static void spoilt(void)
{
	for (unsigned round = 1; round <= unit_rounds(40); round++) {
		struct lemf_store *s = rig_open();
		uint64_t seed = round * 104729;

		for (uint32_t i = 0; i < 8; i++)
			rig_data(s, round % 2, 1, i, 0, false);
		rig_hash(s, round % 2, 1, 0);
		rig_data(s, !(round % 2), 2, 0, 0, false);
		rig_close(s);
		for (unsigned i = 0; i < 6; i++)
			rig_flip(unit_rand(&seed) % 2 ? "hi2.ber" : unit_rand(&seed) % 2 ? "hi3.ber" : "events.jsonl", (long)(unit_rand(&seed) % 900));
		made(FOLDER);
		(void)data();
		free(p);
	}
	scratch_remove(rig_dir);
	buf_fini(&page);
	for (unsigned i = 0; i < 2; i++)
		chain_fini(&rig_chain[i]);
}

/* A sender's clock may say anything: what no calendar shows has no time, and the others keep theirs. */
static void clock_of_the_sender(void)
{
	static const li_us times[] = { NOW, INT64_C(300000000000) * LI_US_SECOND, NOW + LI_US_SECOND };
	struct lemf_store *s = rig_open();
	struct buf b = { 0 };

	for (uint32_t i = 0; i < 3; i++) {
		struct pdu_of one = rig_one(1, i);

		one.time = times[i];
		b.n = 0;
		CU_ASSERT_TRUE_FATAL(pdu_iri(&b, &one));
		rig_put(s, buf_view(&b));
	}
	buf_fini(&b);
	rig_close(s);
	made(FOLDER);
	CU_ASSERT_TRUE(says("2026-02-06 09:44:01.608000 to 2026-02-06 09:44:02.608000"));
	CU_ASSERT_TRUE(says("3 records (IRI)"));
	free(p);
}

UNIT_MAIN("page", UNIT(whole), UNIT(hostile), UNIT(sealed), UNIT(bounded), UNIT(members), UNIT(notified), UNIT(spoilt), UNIT(clock_of_the_sender))
