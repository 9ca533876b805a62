/* sms.c: see sms.h. Messages that may still be answered wait in the order in which they came, in their task and in all. */
#include "mediation/x/sms.h"

#include "asn1/ber.h"
#include "mediation/keep.h"

/* SMSMessageType */
enum type { DELIVER = 1, DELIVER_ACK, DELIVER_ERROR, STATUS_REPORT, COMMAND, SUBMIT, SUBMIT_ACK, SUBMIT_ERROR };

/* messageType and rPMessageReference of SMSMessage and SMSReport. */
#define MESSAGE_TYPE 10
#define MESSAGE_REFERENCE 11
#define REPORT_TYPE 3
#define REPORT_REFERENCE 4

static enum sms_way way_of(uint64_t type)
{
	switch (type) {
	case DELIVER: case DELIVER_ACK: case DELIVER_ERROR: case STATUS_REPORT:	/* LI128-141 */
		return SMS_TO_MOBILE;
	case COMMAND: case SUBMIT: case SUBMIT_ACK: case SUBMIT_ERROR:
		return SMS_FROM_MOBILE;
	default:
		return SMS_ANY_WAY;
	}
}

/* What cannot be read tells nothing, and never costs the record. */
static struct sms_key key_of(const struct xiri *x, uint32_t type, uint32_t reference)
{
	struct sms_key key = { .way = SMS_ANY_WAY };
	struct ber t;
	uint64_t v;

	if (!x->constructed)
		return key;
	if (ber_member(x->body, type, &t) && ber_uint(&t, &v) == LI_OK)
		key.way = way_of(v);
	if (ber_member(x->body, reference, &t) && ber_uint(&t, &v) == LI_OK && v <= UINT8_MAX) {
		key.has_reference = true;
		key.reference = (uint8_t)v;
	}
	return key;
}

/* -- waiting -- */

static bool waits(const struct comm *c)
{
	return c->sms.since != 0;
}

void sms_gone(struct comm *c)
{
	if (!waits(c))
		return;
	TAILQ_REMOVE(&c->all->messages, c, sms.all);
	TAILQ_REMOVE(&c->of->messages, c, sms.in_product);
	c->all->n_messages--;
	c->of->n_messages--;
	c->sms.since = 0;
}

/* One that has a correlation may be the one of the PDU of the moment: it lingers and then goes (comm_look()). */
static void over(struct comm *c, li_us now)
{
	if (c->alone) {
		comm_close(c, now, "a message of its own");
		return;
	}
	sms_gone(c);
	c->ended |= !c->began;
	keep_session(c->all->m, &c->wd, false);
}

static void wait_for_report(struct comm *c, const struct xiri *message, li_us now)
{
	struct products *x = c->all;
	struct product *p = c->of;

	if (p->n_messages >= SMS_TASK)
		over(TAILQ_FIRST(&p->messages), now);
	else if (x->n_messages >= SMS_ALL)
		over(TAILQ_FIRST(&x->messages), now);
	c->sms.key = key_of(message, MESSAGE_TYPE, MESSAGE_REFERENCE);
	c->sms.since = now;
	c->sms.answered = false;
	TAILQ_INSERT_TAIL(&x->messages, c, sms.all);
	TAILQ_INSERT_TAIL(&p->messages, c, sms.in_product);
	x->n_messages++;
	p->n_messages++;
}

void sms_tick(struct products *x, li_us now)
{
	struct comm *c;

	while ((c = TAILQ_FIRST(&x->messages)) && now - c->sms.since >= SMS_PATIENCE)
		over(c, now);
}

/* -- whose -- */

struct comm *sms_message(struct comm *c, const struct xiri *message, li_us now)
{
	uint64_t correlation = c->correlation;

	/* a report may have overtaken its message */
	if (!correlation || waits(c) || (c->opened && !c->sms.report_first)) {	/* LI128-138, LI128-151, HO-M33-015 */
		c = comm_alone(c->all, c->of, now);
		if (!c)
			return NULL;
	}
	c->sms.correlation = correlation;
	c->sms.report_first = false;
	wait_for_report(c, message, now);
	return c;
}

/* How well the message is the one that is answered; 0: it is not. */
static unsigned fits(const struct comm *c, uint64_t correlation, const struct sms_key *report)
{
	const struct sms_key *k = &c->sms.key;
	bool told = k->has_reference && report->has_reference;

	if (c->sms.correlation != correlation || (told && k->reference != report->reference))
		return 0;
	if (k->way != report->way && k->way != SMS_ANY_WAY && report->way != SMS_ANY_WAY)
		return 0;
	if (!told && !correlation)	/* nothing joins them */
		return 0;
	return 1u + (told ? 2u : 0u) + (c->sms.answered ? 0u : 1u);
}

struct comm *sms_answered(struct comm *c, const struct xiri *report)
{
	const struct sms_key key = key_of(report, REPORT_TYPE, REPORT_REFERENCE);
	struct comm *m, *best = NULL;
	unsigned most = 0;

	TAILQ_FOREACH_REVERSE(m, &c->of->messages, sms_list, sms.in_product) {	/* of those that fit alike the latest: references come again */
		unsigned how = fits(m, c->correlation, &key);

		if (how > most) {
			most = how;
			best = m;
		}
	}
	if (best)
		best->sms.answered = true;	/* LI128-140 */
	else if (c->correlation && !c->opened)
		c->sms.report_first = true;
	return best ? best : c->correlation ? c : NULL;
}
