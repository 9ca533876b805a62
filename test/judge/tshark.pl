#!/usr/bin/perl
# tshark.pl LEAVES PDML TABLE: what tshark's xiri dissector shows against what we wrote.
#
# LEAVES is `asn1_judge leaves`, PDML `tshark -T pdml` of `asn1_judge x2pcap`. A packet is in order when
#   - the event is the same;
#   - every field that tshark shows is a member of ours at that place, of the same name, length and octets;
#   - every member of ours is shown, but for what lies in a member that tshark calls malformed;
#   - what it calls malformed stands in TABLE.
# With the option -l it only lists what was called malformed, for the table.
#
# TABLE, # begins a comment:
#   Type.member release             it does not know the member
#   Type.member release = name      it shows it under this older name
#   Type.member release lost        it does not know this alternative, or this member amid others, and so loses its
#                                   place in the SEQUENCE around it: what follows there is not judged
use strict;
use warnings;

my $list = @ARGV && $ARGV[0] eq '-l' ? shift : '';
my ($leaves, $pdml, $table) = @ARGV;
my (%event, %ours, %known, %older, %lost, %called);

open my $in, '<', $leaves or die "$leaves: $!\n";
while (<$in>) {
	chomp;
	my ($n, @f) = split /\t/, $_, -1;
	if ($f[0] eq 'event') {
		$event{$n} = $f[1];
		next;
	}
	my %m;
	@m{qw(tlv body length owner name kind octets)} = @f;
	push @{ $ours{$n} }, \%m;
}
open $in, '<', $table or die "$table: $!\n";
while (<$in>) {
	s/#.*//;
	my ($what, $release, $how, $name) = split;
	next unless $what;
	if (!$how) { $known{$what} = $release } elsif ($how eq 'lost') { $lost{$what} = 1 } else { $older{$what} = $name }
}

my ($bad, $shown) = (0, 0);
sub fault { print "packet @_\n" if !$list && $bad++ < 20 }

# Where tshark shows a member: its contents; of a CHOICE those of its alternative; of a constructed item of an OF the
# whole TLV; of a BIT STRING without the count of unused bits.
sub place {
	my ($m, $after) = @_;
	@$m{qw(pos size value)} = @$m{qw(body length octets)};
	if ($m->{kind} eq 'choice') {
		@$m{qw(pos size)} = @$after{qw(body length)} if $after && $after->{tlv} == $m->{body};
	} elsif ($m->{kind} eq 'item') {
		@$m{qw(pos size)} = ($m->{tlv}, $m->{body} + $m->{length} - $m->{tlv});
	} elsif ($m->{kind} eq 'bits') {
		@$m{qw(pos size value)} = ($m->{body} + 1, $m->{length} - 1, substr $m->{octets}, 2);
	}
}

sub end_of { my $m = shift; return $m->{body} + $m->{length} }

# From a member that makes tshark lose its place (or the CHOICE that it is in) to the end of the SEQUENCE around it.
sub after_lost {
	my $n = shift;
	my (@skipped, @around);
	for my $m (@{ $ours{$n} }) {
		pop @around while @around && end_of($around[-1]) <= $m->{tlv};
		if ($lost{"$m->{owner}.$m->{name}"}) {
			my @in = grep { $_->{kind} ne 'choice' } @around;
			my $from = $around[-1]{kind} eq 'choice' ? $around[-1] : $m;
			push @skipped, [$from->{tlv}, @in ? end_of($in[-1]) : 1 << 30];
		}
		push @around, $m;
	}
	return @skipped;
}

sub judge {
	my ($n, $fields, $malformed) = @_;
	my (%at, %start);
	my $after;
	for my $m (reverse @{ $ours{$n} }) {
		place($m, $after);
		push @{ $at{ $m->{pos} } }, $m;
		push @{ $start{ $m->{tlv} } }, $m;
		$after = $m;
	}
	my $event = -1;
	for my $f (@$fields) {
		my ($name, $pos, $size, $show, $value) = @$f;
		(my $plain = $name) =~ s/_(?:element|item)$//;
		next if $plain eq 'XIRIPayload';
		$event = $show if $plain eq 'event' && $event == -1;
		my ($m) = grep { (($older{"$_->{owner}.$_->{name}"} // $_->{name}) =~ s/-/_/gr) eq $plain && $_->{size} == $size } @{ $at{$pos} };
		if (!$m) {
			fault("$n: $name at $pos, $size octets: nothing of ours");
		} elsif ($m->{kind} =~ /leaf|bits/ && $m->{value} ne $value) {
			fault("$n: $name at $pos is $value, ours is $m->{value}");
		} else {
			$m->{shown} = 1;
			$shown++;
		}
	}
	fault("$n: event $event, ours is $event{$n}") if $event ne $event{$n};
	my @skipped = after_lost($n);
	for (@$malformed) {
		my ($pos, $why) = @$_;
		# tshark 4.0 takes the 29th of February for no date; it says what it has read
		if ($why =~ /GeneralizedTime invalid format: (\d{4}0229[\d.]+Z)/) {
			$_->{shown} = 1 for grep { $_->{octets} eq unpack 'H*', $1 } @{ $at{$pos} };
			next;
		}
		next if grep { $pos >= $_->[0] && $pos < $_->[1] } @skipped;
		my ($m) = @{ $start{$pos} // [] };
		if (!$m) {
			fault("$n: malformed at $pos, where no member of ours begins");
			next;
		}
		my $what = "$m->{owner}.$m->{name}";
		$called{$what}++;
		fault("$n: $what called malformed, and not in the table") unless $known{$what};
		push @skipped, [$m->{tlv}, end_of($m)];
	}
	for my $m (@{ $ours{$n} }) {
		next if $m->{shown} || grep { $m->{tlv} >= $_->[0] && $m->{tlv} < $_->[1] } @skipped;
		fault("$n: $m->{owner}.$m->{name} at $m->{tlv} is not shown");
	}
}

my ($n, @fields, @malformed) = (0);
open $in, '<', $pdml or die "$pdml: $!\n";
while (<$in>) {
	if (/<packet>/) {
		$n++;
		(@fields, @malformed) = ();
	} elsif (/<field name="lix2\.([^"]*)".*? size="(\d+)" pos="(\d+)" show="([^"]*)"(?: value="([^"]*)")?/) {
		push @fields, [$1, $3, $2, $4, $5 // ''];
	} elsif (/<field name="" show="BER Error: ([^"]*)" size="\d+" pos="(\d+)"/) {
		push @malformed, [$2, $1];
	} elsif (m{</packet>}) {
		judge($n, [@fields], [@malformed]);
	}
}
if ($list) {
	print "$_ $called{$_}\n" for sort keys %called;
	exit 0;
}
fault("number: tshark shows $n packets, we wrote " . keys %event) if $n != keys %event;
my @never = grep { !$called{$_} } keys %known;
printf "%d packets, %d members shown, %d kinds of members called malformed (%d more in the table), %d faults\n", $n, $shown,
	scalar keys %called, scalar @never, $bad;
exit($bad || !$n ? 1 : 0);
