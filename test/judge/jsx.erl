%% jsx.erl: the JSON reader that asn1ct's JER back end asks for by this name; Debian's Erlang has none. No fractions: the
%% modules have no REAL.
-module(jsx).
-export([decode/2, encode/1]).

encode(Term) -> Term.

decode(Text, _Options) ->
    {Value, Rest} = value(blank(Text)),
    <<>> = blank(Rest),
    Value.

blank(<<C, Rest/binary>>) when C =:= $\s; C =:= $\n -> blank(Rest);
blank(Rest) -> Rest.

value(<<"{", Rest/binary>>) -> object(blank(Rest), #{});
value(<<"[", Rest/binary>>) -> array(blank(Rest), []);
value(<<"\"", Rest/binary>>) -> string(Rest, <<>>);
value(<<"true", Rest/binary>>) -> {true, Rest};
value(<<"false", Rest/binary>>) -> {false, Rest};
value(<<"null", Rest/binary>>) -> {null, Rest};
value(Rest) -> number(Rest, []).

number(<<C, Rest/binary>>, Digits) when C >= $0, C =< $9; C =:= $- -> number(Rest, [C | Digits]);
number(Rest, Digits) -> {list_to_integer(lists:reverse(Digits)), Rest}.

object(<<"}", Rest/binary>>, Map) -> {Map, Rest};
object(<<",", Rest/binary>>, Map) -> object(blank(Rest), Map);
object(<<"\"", Rest/binary>>, Map) ->
    {Key, R1} = string(Rest, <<>>),
    false = maps:is_key(Key, Map),
    <<":", R2/binary>> = blank(R1),
    {Value, R3} = value(blank(R2)),
    object(blank(R3), Map#{Key => Value}).

array(<<"]", Rest/binary>>, Values) -> {lists:reverse(Values), Rest};
array(<<",", Rest/binary>>, Values) -> array(blank(Rest), Values);
array(Rest, Values) ->
    {Value, R1} = value(Rest),
    array(blank(R1), [Value | Values]).

string(<<"\"", Rest/binary>>, Text) -> {Text, Rest};
string(<<"\\u", Hex:4/binary, Rest/binary>>, Text) -> string(Rest, <<Text/binary, (binary_to_integer(Hex, 16))/utf8>>);
string(<<"\\", C, Rest/binary>>, Text) when C =:= $"; C =:= $\\ -> string(Rest, <<Text/binary, C>>);
string(<<C, Rest/binary>>, Text) when C >= $\s, C =/= $\\ -> string(Rest, <<Text/binary, C>>).
