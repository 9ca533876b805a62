/*
 * ue.h: subscribers as N2 and NAS show them. A UE without a name is as good as its association; one with a SUPI stays
 * known while the process lives, so that its GUTI gives the SUPI back.
 */
#ifndef MEDIATION_CORE_UE_H
#define MEDIATION_CORE_UE_H

#include "mediation/core/session.h"

struct assoc;

struct ue {
	struct map_node by_supi, by_tmsi, by_imei;
	struct list age;		/* c->ues */
	uint64_t handle;
	unsigned tap;			/* where it was told of last */
	struct session *sessions;
	void *mediation;
	struct assoc *assocs;
	char *nai;			/* SUPI that is no IMSI; NULL */
	uint8_t *suci;
	li_us registered_at;
	struct li_location location;
	struct li_guti guti;
	struct li_guami guami;
	char imsi[16], imei[17];
	uint8_t suci_n;
	uint8_t registration_result;
	uint8_t dereg_access;
	bool told;			/* the watchers know it */
	bool secured, nea0;		/* a Security Mode Command was seen; it selected NEA0 */
	bool authenticated, emergency, registered, leaving;
	bool unconfirmed;		/* restored, and not heard of since: where it is said to be, somebody else may be */
};

struct ue *ue_new(struct core *c);	/* NULL: too many, or no memory (counted) */
void ue_free(struct core *c, struct ue *u);
/* Frees one that has nothing left to remember. */
void ue_let_go(struct core *c, struct ue *u);

struct ue *ue_of_supi(const struct core *c, struct view supi);
struct ue *ue_of_tmsi(const struct core *c, uint16_t set, uint8_t pointer, uint32_t tmsi);
/* Who comes with this 5G-S-TMSI. A UE that has deregistered keeps its GUTI, but the AMF may give it to somebody else; where
 * that could not be read, it names nobody. */
struct ue *ue_back_with(const struct core *c, uint16_t set, uint8_t pointer, uint32_t tmsi);
static inline bool ue_is_named(const struct ue *u)
{
	return u->imsi[0] || u->nai;
}

/* u turns out to be `to`: associations and sessions move there; u is freed. */
void ue_merge(struct core *c, struct ue *to, struct ue *u, struct seen at);
/* A name for a UE that has none, from its SUCI, Identity Response or its session's User ID. Gives the UE that now
 * stands for it: itself, or one that was known by that name. */
struct ue *ue_name(struct core *c, struct ue *u, struct seen at, enum li_id_kind kind, struct view supi);
void ue_named_by(struct core *c, struct ue *u, const struct session *s, struct seen at);
void ue_set_imei(struct core *c, struct ue *u, struct seen at, const char *digits);
void ue_set_suci(struct ue *u, struct view octets);
void ue_set_guti(struct core *c, struct ue *u, struct seen at, const struct li_guti *g);
void ue_forget_guti(struct core *c, struct ue *u);
void ue_set_location(struct core *c, struct ue *u, struct seen at, const struct li_location *l);

/* -- its sessions -- */
void ue_bind(struct ue *u, struct session *s);
void ue_unbind(struct session *s);
/* The session of this identity that is open, else the one that is asked for; the newest. */
struct session *ue_session(const struct ue *u, uint8_t psi);
struct session *ue_asked(const struct ue *u, uint8_t psi);
/* What a subscriber of these identities has asked for in NAS and not got yet. */
struct session *ue_attempt(const struct core *c, const struct pfcp_user *user);
void ue_end_sessions(struct core *c, struct ue *u, struct seen at, uint8_t dereg_access);

struct li_id ue_supi(const struct ue *u);
struct li_id ue_pei(const struct ue *u);
void ue_session_facts(const struct ue *u, struct li_smf_rec *out);

/* Restored, and whole: it is found by what it is called. */
void ue_resume(struct core *c, struct ue *u);
/* What only it would say was said. */
static inline void ue_confirm(struct ue *u)
{
	u->unconfirmed = false;
}

void ues_free(struct core *c);

#endif
