/* nas_out.h: 5GS NAS (TS 24.501) for tests. Each gives the length in out. */
#ifndef TEST_GEN_NAS_OUT_H
#define TEST_GEN_NAS_OUT_H

#include <li/ids.h>
#include <li/view.h>

typedef uint8_t nas_out[512];

struct nas_ue {
	const char *imsi;	/* MCC 3, MNC 2, MSIN */
	uint8_t plmn[3];
	uint8_t region;
	uint16_t set_pointer;
	uint32_t tmsi;
	unsigned nea;		/* cipher chosen by Security Mode Command */
	uint32_t count;		/* NAS count: sequence numbers of protected messages */
};

/* Registration request with a SUCI of the null scheme, or of profile A (its output is noise from seed). */
size_t nas_out_registration(nas_out out, const struct nas_ue *u, bool concealed, uint64_t *seed);
size_t nas_out_registration_guti(nas_out out, const struct nas_ue *u);
size_t nas_out_security_mode(nas_out out, struct nas_ue *u);
/* With a header of integrity and ciphering: the message as it is under NEA0, noise under anything else. */
size_t nas_out_protect(nas_out out, struct nas_ue *u, struct view plain, uint64_t *seed);
size_t nas_out_accept(nas_out out, const struct nas_ue *u);
size_t nas_out_session_request(nas_out out, uint8_t psi, uint8_t type, const char *dnn, uint8_t sst);
size_t nas_out_session_accept(nas_out out, uint8_t psi, uint8_t type, const struct li_addr *ue4, const char *dnn);
size_t nas_out_session_release(nas_out out, uint8_t psi);		/* command, downlink */
size_t nas_out_session_released(nas_out out, uint8_t psi);		/* complete, uplink */
size_t nas_out_session_reject(nas_out out, uint8_t psi, uint8_t cause);
size_t nas_out_deregistration(nas_out out, const struct nas_ue *u);	/* of the UE, over 3GPP access, not switched off */
size_t nas_out_deregistered(nas_out out);
size_t nas_out_service_request(nas_out out, const struct nas_ue *u);

#endif
