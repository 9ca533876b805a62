# Skeleton, style and script of lemfd's reports as C strings: the program needs no file of its own.
REPORT.assets := $(addprefix handover/report/,head.html page.html index.html page.css page.js)
$(G)/report_assets.c: $(REPORT.assets) handover/report/report.mk
	$(call say,GEN,$@)
	$(Q)mkdir -p $(G) && { echo '#include "handover/report/page.h"' && for f in $(REPORT.assets); do n=$${f##*/}; \
	echo "const char report_$$(echo "$$n" | tr . _)[] ="; sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' $$f; echo ';'; done; } >$@
$(B)/gen/report_assets.o: $(G)/report_assets.c handover/report/page.h
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -I. $(CFLAGS) $(WARN) -c $< -o $@
$(B)/libli.a: $(B)/gen/report_assets.o
