#!/usr/bin/perl
# fieldtab.pl: reads our ASN.1 modules and writes what is in them as a table. Needs perl-base only.
#
#   fieldtab.pl c SET FILE.asn…      the C table of asn1/fields.h, to standard output
#   fieldtab.pl csv FILE.asn…        a line a type, member and value: module,type,kind,member,tag,member_type,optional,constraint
#   fieldtab.pl check CSV FILE.asn…  compares with a table of the same columns, member by member; 1 when they differ
#
# It reads the part of X.680 that the modules use: IMPLICIT TAGS, no parameterised types, no information objects.
use strict;
use warnings;

my (@tokens, $file);		# what is left of the module being read
my (@types, %type_at);		# named types in order; "Module.Name" -> index
my (@values, %imports);		# value assignments; "Module.Name" -> module it comes from

sub fail { die "$file: @_, before: @tokens[0 .. ($#tokens < 9 ? $#tokens : 9)]\n" }
sub peek { return $tokens[0] // fail("ends too early") }
sub take { my $t = peek(); shift @tokens; return $t }
sub is { my $want = shift; return @tokens && $tokens[0] eq $want }
sub accept_ { return is($_[0]) ? take() : undef }
sub expect { my $want = shift; my $t = take(); fail("'$want' expected, '$t' found") if $t ne $want; return $t }

sub tokenise {
	my $text = shift;
	$text =~ s/--.*?(?:--|$)//gm;
	return $text =~ /::=|\.\.\.|\.\.|[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*|-?\d+|[^\s]/g;
}

# A parenthesised constraint as text without spaces, outer parentheses kept: (0..255), (SIZE(1..15)).
sub constraint {
	my $depth = 0;
	my $text = '';
	do {
		my $t = take();
		$depth += ($t eq '(') - ($t eq ')');
		$text .= $t;
	} while ($depth);
	return $text;
}

# { kind, members, values, of, name of an alias, constraint, extensible }
sub type {
	my $module = shift;
	my %t = (module => $module, constraint => '');
	my $word = take();

	if ($word eq 'SEQUENCE' || $word eq 'SET' || $word eq 'CHOICE') {
		my $size = '';
		if ($word ne 'CHOICE' && (is('(') || is('SIZE'))) {
			$size = is('(') ? constraint() : '(' . take() . constraint() . ')';
		}
		if ($word ne 'CHOICE' && accept_('OF')) {
			return { %t, kind => "$word OF", of => type($module), constraint => $size };
		}
		return { %t, kind => $word, members($module, $word) };
	}
	if ($word eq 'ENUMERATED') {
		my (@v, $ext);
		expect('{');
		until (accept_('}')) {
			my $name = take();
			if ($name eq '...') {
				$ext = 1;
			} else {
				expect('(');
				push @v, { name => $name, value => take() };
				expect(')');
			}
			accept_(',');
		}
		return { %t, kind => $word, values => \@v, extensible => $ext };
	}
	$word .= ' ' . take() if $word =~ /^(OCTET|BIT)$/;
	$word .= ' ' . take() if $word eq 'OBJECT';
	$word = take() if accept_('.');		# Module.Type: the module is found by the import
	$t{constraint} .= constraint() while is('(');
	return { %t, kind => 'primitive', primitive => $word }
		if $word =~ /^(BOOLEAN|INTEGER|NULL|OCTET STRING|BIT STRING|OBJECT IDENTIFIER|RELATIVE-OID|UTF8String|NumericString|PrintableString|IA5String|GeneralizedTime)$/;
	fail("type expected, '$word' found") unless $word =~ /^[A-Z]/;
	return { %t, kind => 'primitive', alias => $word };
}

sub members {
	my ($module, $of) = @_;
	my (@m, $ext);
	expect('{');
	until (accept_('}')) {
		my $name = take();
		if ($name eq '...') {
			$ext = 1;
		} else {
			my %m = (name => $name, class => 'UNTAGGED', tag => 0, optional => 0);
			if (accept_('[')) {
				$m{class} = $tokens[0] =~ /^[A-Z]/ ? take() : 'CONTEXT';
				$m{tag} = take();
				expect(']');
				fail("$name: tagging mode is not read") if is('EXPLICIT') || is('IMPLICIT');
			}
			$m{type} = type($module);
			$m{optional} = 1 if accept_('OPTIONAL');
			push @m, \%m;
		}
		accept_(',');
	}
	return (members => \@m, extensible => $ext);
}

sub read_module {
	$file = shift;
	open my $in, '<', $file or die "$file: $!\n";
	@tokens = tokenise(do { local $/; <$in> });
	my $module = take();
	take() until is('BEGIN');
	take();
	if (accept_('IMPORTS')) {
		my @names;
		until (accept_(';')) {
			my $t = take();
			if ($t eq 'FROM') {
				my $from = take();
				$imports{"$module.$_"} = $from for @names;
				@names = ();
			} elsif ($t ne ',') {
				push @names, $t;
			}
		}
	}
	until (accept_('END')) {
		my $name = take();
		if ($name =~ /^[a-z]/) {
			my $type = take();
			expect('::=');
			expect('{');
			my $text = '';
			$text .= take() . ' ' until is('}');
			take();
			push @values, { module => $module, name => $name, type => $type, text => "{$text}" };
			next;
		}
		expect('::=');
		fail("$module.$name: defined twice") if exists $type_at{"$module.$name"};
		my $t = type($module);
		$t->{name} = $name;
		$type_at{"$module.$name"} = @types;
		push @types, $t;
	}
}

# The row of a named type, by the module that uses it.
sub find {
	my ($module, $name) = @_;
	my $from = $imports{"$module.$name"} // $module;
	return $type_at{"$from.$name"} // die "$module: no type $name\n";
}

# The type behind a chain of aliases; a constraint on the way holds.
sub resolve {
	my $t = shift;
	my $limit = $t->{constraint};
	while ($t->{alias}) {
		$t = $types[find($t->{module}, $t->{alias})];
		$limit = $t->{constraint} if $limit eq '';
	}
	return { %$t, constraint => $limit };
}

# -- as lines --------------------------------------------------------------------------------------------------------
sub type_text {
	my $t = shift;
	return "$t->{kind} " . type_text($t->{of}) if $t->{of};
	return $t->{primitive} // $t->{kind} unless $t->{alias};
	my $from = $imports{"$t->{module}.$t->{alias}"};
	return ($from ? "$from." : '') . $t->{alias};
}

# Of an OF, the size comes first and the element's own constraint after it.
sub constraint_text {
	my $t = shift;
	return $t->{constraint} . ($t->{of} ? constraint_text($t->{of}) : '');
}

sub arcs {
	my $text = shift;
	my @a;
	while ($text =~ /([A-Za-z0-9-]+)(?:\s*\(\s*(\d+)\s*\))?/g) {
		push @a, $2 // ($1 =~ /^\d+$/ ? $1 : "<$1>");
	}
	return join ' ', @a;
}

sub rows {
	my @r;
	for my $t (@types) {
		my @head = ($t->{module}, $t->{name}, $t->{kind});
		my $own = $t->{kind} eq 'primitive' || $t->{of} ? type_text($t) : $t->{kind};
		push @r, [@head, '', '', $own, '', constraint_text($t)];
		push @r, [@head, $_->{name}, $_->{tag}, type_text($_->{type}),
			  $t->{kind} eq 'CHOICE' ? '' : $_->{optional} ? 'true' : 'false', constraint_text($_->{type})] for @{ $t->{members} };
		push @r, [@head, $_->{name}, $_->{value}, '', '', ''] for @{ $t->{values} };
	}
	push @r, [$_->{module}, $_->{name}, 'value', '', '', $_->{type}, '', arcs($_->{text})] for @values;
	return @r;
}

sub csv_cell { my $c = shift; return $c =~ /[",]/ ? '"' . $c =~ s/"/""/gr . '"' : $c }

sub write_csv {
	print "module,type,kind,member,tag,member_type,optional,constraint\n";
	print join(',', map { csv_cell($_) } @$_), "\n" for rows();
}

# -- against the table of the standard ---------------------------------------------------------------------------------
my @column = qw(module type kind member tag type optional constraint);

sub read_csv {
	my $name = shift;
	my @r;
	open my $in, '<', $name or die "$name: $!\n";
	my $head = <$in>;
	die "$name: not a field table\n" unless $head =~ /^module,type,kind,member,tag,member_type,optional,constraint\b/;
	while (my $line = <$in>) {
		$line =~ s/\r?\n$//;
		my @c;
		push @c, defined $1 ? $1 =~ s/""/"/gr : $2 while $line =~ /\G(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g && @c < 8;
		$c[7] =~ s/\s+//g if $c[2] ne 'value';
		$c[7] = "($c[7])" if $c[7] =~ /^SIZE/;
		$c[7] = arcs($c[7]) if $c[2] eq 'value';
		push @r, \@c;
	}
	my %value = map { $_->[1] => $_->[7] } grep { $_->[2] eq 'value' } @r;
	for my $r (grep { $_->[2] eq 'value' } @r) {
		$r->[7] =~ s/<([^>]*)>/$value{$1} \/\/ "?$1"/e;
	}
	return @r;
}

# By type in order of its members: order is part of a SEQUENCE.
sub by_type {
	my (%t, @order);
	for my $r (@_) {
		my $key = "$r->[0].$r->[1]";
		push @order, $key unless $t{$key};
		push @{ $t{$key} }, $r;
	}
	return (\%t, \@order);
}

sub check {
	my ($csv) = @_;
	my ($want, $want_order) = by_type(read_csv($csv));
	my %modules = map { /^([^.]*)/ => 1 } @$want_order;
	my ($have, $have_order) = by_type(grep { $modules{$_->[0]} } rows());
	my ($bad, $seen) = (0, 0);
	my $differ = sub { print "differs: @_\n"; $bad++ };

	for my $key (@$want_order) {
		my ($w, $h) = ($want->{$key}, $have->{$key});
		if (!$h) {
			$differ->("$key: not in our modules");
			next;
		}
		for my $i (0 .. ($#$w > $#$h ? $#$w : $#$h)) {
			my ($a, $b) = ($w->[$i], $h->[$i]);
			$seen++;
			if (!$a) { $differ->("$key.$b->[3]: ours only"); next }
			if (!$b) { $differ->("$key.$a->[3]: not in our modules"); next }
			for my $c (2 .. 7) {
				next if $a->[$c] eq $b->[$c];
				$differ->("$key" . ($a->[3] ne '' ? ".$a->[3]" : '') . ": $column[$c] is '$b->[$c]', the table says '$a->[$c]'");
			}
		}
	}
	$differ->("$_: ours only") for grep { !$want->{$_} } @$have_order;
	# The standard says EXTENSIBILITY IMPLIED, which asn1c does not heed.
	$differ->("$_->{module}.$_->{name}: no extension marker")
		for grep { $modules{ $_->{module} } && $_->{kind} =~ /^(SEQUENCE|SET|CHOICE|ENUMERATED)$/ && !$_->{extensible} } @types;
	printf "%d types, %d lines, %d differences\n", scalar @$want_order, $seen, $bad;
	return $bad ? 1 : 0;
}

# -- as C --------------------------------------------------------------------------------------------------------------
my %kind = ('SEQUENCE' => 'SEQUENCE', 'SET' => 'SET', 'CHOICE' => 'CHOICE', 'SEQUENCE OF' => 'SEQUENCE_OF', 'SET OF' => 'SET_OF',
	'ENUMERATED' => 'ENUMERATED', 'BOOLEAN' => 'BOOLEAN', 'INTEGER' => 'INTEGER', 'NULL' => 'NULL', 'OCTET STRING' => 'OCTET_STRING',
	'BIT STRING' => 'BIT_STRING', 'OBJECT IDENTIFIER' => 'OID', 'RELATIVE-OID' => 'RELATIVE_OID', 'UTF8String' => 'UTF8',
	'NumericString' => 'NUMERIC', 'PrintableString' => 'PRINTABLE', 'IA5String' => 'IA5', 'GeneralizedTime' => 'GENERALIZED_TIME');

# The row of a type: its own when it has a name, else one made here for the type in place. Equal ones share a row.
my %row_at;
sub index_of {
	my ($t, $rows) = @_;
	return find($t->{module}, $t->{alias}) if $t->{alias} && $t->{constraint} eq '';
	my $same = join ' ', $t->{module}, type_text($t), constraint_text($t);
	return $row_at{$same} if defined $row_at{$same} && !$t->{members} && !$t->{values};
	push @$rows, { %$t, name => '' };
	return $row_at{$same} = $#$rows;
}

sub limits {
	my $c = shift;
	return 'false, ' if $c eq '';
	my $ext = $c =~ s/,\.\.\.// ? 'true' : 'false';
	die "constraint $c is not read\n" unless $c =~ /^\((?:SIZE\()?(-?\d+)(?:\.\.(-?\d+|MAX))?\)?\)/;
	my ($lo, $hi) = ($1, $2 // $1);
	$hi = $hi eq 'MAX' ? 'UINT64_MAX' : "UINT64_C($hi)";
	return "true, .limit_extensible = $ext, .lo = $lo, .hi = $hi, ";
}

sub write_c {
	my $set = shift;
	my @rows = @types;
	my (@members, @values, @lines);

	for (my $i = 0; $i < @rows; $i++) {
		my $t = $rows[$i];
		my $r = resolve($t);
		my $of = $r->{of} ? index_of($r->{of}, \@rows) : 0;
		my ($n, $at) = (0, '');
		if ($r->{members} && @{ $r->{members} }) {
			($n, $at) = (scalar @{ $r->{members} }, ', .members = members + ' . @members);
			for my $m (@{ $r->{members} }) {
				my $choice = $m->{class} ne 'UNTAGGED' && resolve($m->{type})->{kind} eq 'CHOICE';
				push @members, sprintf '{ "%s", %d, %d, FIELD_%s, %s, %s }', $m->{name}, index_of($m->{type}, \@rows),
					$m->{tag}, $m->{class}, $m->{optional} ? 'true' : 'false', $choice ? 'true' : 'false';
			}
		} elsif ($r->{values}) {
			($n, $at) = (scalar @{ $r->{values} }, ', .values = values + ' . @values);
			push @values, qq({ "$_->{name}", $_->{value} }) for @{ $r->{values} };
		}
		push @lines, sprintf '{ .name = "%s", .module = "%s", .kind = FIELD_%s, .extensible = %s, .limited = %s.n = %d, .of = %d%s }',
			$t->{name}, $t->{module}, $kind{ $r->{primitive} // $r->{kind} } // die("kind of $t->{name}"),
			$r->{extensible} ? 'true' : 'false', limits($r->{constraint}), $n, $of, $at;
	}
	print "/* Made by asn1/fieldtab.pl from asn1/modules/$set. */\n#include \"asn1/fields.h\"\n\n";
	print "static const struct field_member members[] = {\n", map({ "\t$_,\n" } @members), "};\n\n" if @members;
	print "static const struct field_value values[] = {\n", map({ "\t$_,\n" } @values), "};\n\n" if @values;
	print "static const struct field_type types[] = {\n", map({ "\t/* $_ */ $lines[$_],\n" } 0 .. $#lines), "};\n\n";
	print "const struct field_set fields_$set = { \"$set\", types, sizeof(types) / sizeof(types[0]) };\n";
}

my $what = shift // '';
if ($what eq 'c') {
	my $set = shift;
	read_module($_) for @ARGV;
	write_c($set);
} elsif ($what eq 'csv') {
	read_module($_) for @ARGV;
	write_csv();
} elsif ($what eq 'check') {
	my $csv = shift;
	read_module($_) for @ARGV;
	exit check($csv);
} else {
	die "usage: fieldtab.pl c SET FILE… | csv FILE… | check CSV FILE…\n";
}
