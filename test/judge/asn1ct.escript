#!/usr/bin/env escript
%% asn1ct.escript: Erlang's asn1ct as second judge over the frames of asn1_judge.
%%
%%   asn1ct.escript DIR judge IN OUT     every frame of IN decodes; encoded again (DER) it is the same octets; what
%%                                       asn1ct encoded goes to OUT as frames, for asn1c to judge
%%
%%   asn1ct.escript DIR jer IN           every line of `asn1_judge json`, read by the JSON Encoding Rules and encoded (DER),
%%                                       is the octets that it was made from; so is every line of `asn1_judge written`
%%
%% DIR holds the modules that erlc made from asn1/modules.
-mode(compile).

roots() ->
    {{0, 'TS33128Payloads', 'XIRIPayload'}, {1, 'TS33128Payloads', 'IRIPayload'}, {2, 'TS33128Payloads', 'CCPayload'},
     {3, 'TS33128Payloads', 'LINotificationPayload'}, {4, 'TS33128IdentityAssociation', 'IEFMessage'},
     {5, 'LI-PS-PDU', 'PS-PDU'}, {6, 'LI-PS-PDU', 'EncryptedPayload'},
     {7, 'LI-PS-PDU-Whole', 'PS-PDU'}}.

main([Dir, "judge", In, Out]) ->
    code:add_patha(Dir),
    {ok, Frames} = file:read_file(In),
    {ok, To} = file:open(Out, [write, raw, binary, delayed_write]),
    {N, Bad} = judge(Frames, To, 0, 0),
    ok = file:close(To),
    io:format(standard_error, "# ~b values, ~b bad~n", [N, Bad]),
    halt(if Bad =:= 0, N > 0 -> 0; true -> 1 end);
main([Dir, "jer", In]) ->
    code:add_patha(Dir),
    {ok, Text} = file:read_file(In),
    Lines = binary:split(Text, <<"\n">>, [global, trim]),
    Bad = [L || L <- Lines, not jer(L)],
    io:format(standard_error, "# ~b values, ~b bad~n", [length(Lines), length(Bad)]),
    halt(if Bad =:= [], Lines =/= [] -> 0; true -> 1 end);
main(_) ->
    io:format(standard_error, "usage: asn1ct.escript DIR judge IN OUT | jer IN~n", []),
    halt(2).

jer(Line) ->
    [Root, Hex, Json] = binary:split(Line, <<"\t">>, [global]),
    {_, Module, Type} = element(binary_to_integer(Root) + 1, roots()),
    Octets = binary:decode_hex(Hex),
    case Module:jer_decode(Type, Json) of
        {ok, Value} ->
            case catch Module:encode(Type, Value) of
                {ok, Octets} -> true;
                Other -> jer_fault(Module, Type, Other, Line)
            end;
        Error -> jer_fault(Module, Type, Error, Line)
    end.

jer_fault(Module, Type, Why, Line) ->
    io:format(standard_error, "~s.~s: ~0P~n~s~n", [Module, Type, Why, 20, Line]),
    false.

judge(<<>>, _, N, Bad) -> {N, Bad};
judge(<<Root, Len:32, Octets:Len/binary, Rest/binary>>, To, N, Bad) ->
    {Root, Module, Type} = element(Root + 1, roots()),
    case again(Module, Type, Octets) of
        {ok, Octets} ->
            ok = file:write(To, [<<Root, Len:32>>, Octets]),
            judge(Rest, To, N + 1, Bad);
        {ok, Other} ->
            fault(Module, Type, N, "other octets", Octets, Other),
            judge(Rest, To, N + 1, Bad + 1);
        {error, Why} ->
            fault(Module, Type, N, Why, Octets, <<>>),
            judge(Rest, To, N + 1, Bad + 1)
    end.

%% Trailing octets would be silently dropped by decode: the length of what comes back tells.
again(Module, Type, Octets) ->
    case Module:decode(Type, Octets) of
        {ok, Value} -> Module:encode(Type, Value);
        Error -> Error
    end.

fault(Module, Type, N, Why, Octets, Other) ->
    io:format(standard_error, "~s.~s frame ~b: ~0p~n~s~n~s~n", [Module, Type, N, Why, hex(Octets), hex(Other)]).

hex(B) -> [io_lib:format("~2.16.0b", [X]) || <<X>> <= B].
