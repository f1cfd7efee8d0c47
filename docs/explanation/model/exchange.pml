/* The exchange between two, as a model of its own: what is said, who may say it, what the trustee and the bank do.
 *
 * Nothing here is generated from the code. Every act of an honest side has a label ROLE_phase_Event, and a test
 * compares these with the tables of semper_host/exchange/{initiator,responder}.py, so that neither drifts alone.
 *
 * Choose with -D:   KIND = CONTRACT, PURCHASE, INFORMATION or MONEY       HONEST_A, HONEST_B (one or both)
 * Mutants with -D:  CONTINUE_AFTER_ABORT LATE_M2 GIVE_UP FORGET NO_FINAL NO_CERTIFICATE EARLY_KEY NO_ESCROW_CHECK
 *
 * A side that is not honest is the adversary, which is the network too: it delivers, keeps back and replays as it likes.
 */

#define CONTRACT    0
#define PURCHASE    1
#define INFORMATION 2
#define MONEY       3
#ifndef KIND
#define KIND PURCHASE
#endif

#define KEYED_A (KIND == PURCHASE || KIND == INFORMATION)  /* item A is a key in escrow */
#define KEYED_B (KIND == INFORMATION)
#define HELD_A  (KIND == MONEY)                            /* item A is money held at a payment system */
#define HELD_B  (KIND == PURCHASE || KIND == MONEY)
#define SETTLES (KIND == PURCHASE)                         /* how the only hold ended says how the exchange ended */

mtype = { start, offered, reviewing, committed, finalising, released, aborting, resolving, done, aborted };
mtype = { none, held, refused, captured, released_, voided };       /* where money is */
mtype = { undecided, resolved, aborted_, lapsed };                  /* the trustee's row */

byte epoch = 0;                 /* 0: until t2; 1: until t_resolve; 2: until the holds expire; 3: after that */
mtype a = start, b = start;     /* the phases of the honest sides */
mtype row = undecided;
mtype money_a = none, money_b = none;
bool m1 = false, m2 = false, m3 = false, m4 = false;   /* sent at least once: from then on anybody may deliver it */
bool good_a = true, good_b = true;                     /* the escrows hold what they promise */
bool key_a = false, key_b = false;                     /* B knows the key of item A; A that of item B */
bool has_m4 = false, has_m3 = false;                   /* accepted by the honest side */

#define PAID(m)     (m == captured || m == released_)
#define STILL_HELD  ((HELD_A && money_a == held) || (HELD_B && money_b == held))
#define ANY_PAID    (PAID(money_a) || PAID(money_b))
#define NO_MONEY    (!HELD_A && !HELD_B)
#define FINISHED(p) (p == done || p == aborted)
#define A_RELIES    (a == released || a == resolving || a == done)
#ifndef HONEST_A
#define ALL_FINISHED FINISHED(b)
#else
#ifndef HONEST_B
#define ALL_FINISHED FINISHED(a)
#else
#define ALL_FINISHED (FINISHED(a) && FINISHED(b))
#endif
#endif
#ifdef EARLY_KEY
#define TOLD (row != undecided)
#else
#define TOLD (row != undecided && !(row == resolved && STILL_HELD))
#endif
#define GIVES (row == resolved && TOLD && (NO_MONEY || ANY_PAID || (STILL_HELD)))
#ifdef NO_CERTIFICATE
#define SOUND_M2 ((!HELD_B || money_b == held))
#else
#define SOUND_M2 ((!HELD_B || money_b == held) && (!KEYED_B || good_b))
#endif
#ifdef NO_FINAL
#define AFTER_M3 done
#else
#define AFTER_M3 (HELD_A -> finalising : done)
#endif
#ifdef LATE_M2
#define IN_TIME true
#else
#define IN_TIME (epoch < 2)                            /* A's clock is off by less than delta */
#endif

inline learn() {                                       /* what the trustee's answer hands over */
    if :: GIVES && KEYED_A && good_a -> key_a = true :: else fi;
    if :: GIVES && KEYED_B && good_b -> key_b = true :: else fi
}

inline decide_resolve() {
    if
    :: row != undecided -> skip
    :: row == undecided && epoch >= 2 -> row = lapsed
#ifdef NO_ESCROW_CHECK
    :: row == undecided && epoch < 2 -> row = resolved
#else
    :: row == undecided && epoch < 2 && (good_a || !KEYED_A) && (good_b || !KEYED_B) -> row = resolved
    :: row == undecided && epoch < 2 && !((good_a || !KEYED_A) && (good_b || !KEYED_B)) -> row = aborted_
#endif
    fi
}

inline decide_abort() {
    if :: row == undecided -> row = aborted_ :: else fi
}

active proctype world() {
#ifndef HONEST_A
    if :: good_a = true :: KEYED_A -> good_a = false fi;
#endif
#ifndef HONEST_B
    if :: good_b = true :: KEYED_B -> good_b = false fi;
#endif
    do
    /* --- time */
    :: atomic { epoch == 0 -> epoch = 1 }
    :: atomic { epoch == 1 && !((a == released || a == resolving) && row == undecided) -> epoch = 2 }
    :: atomic { epoch == 2 && !(A_RELIES && money_b == held) && !(row == resolved && STILL_HELD) -> epoch = 3 }

#ifdef HONEST_A
    /* --- the initiator */
    :: atomic { HELD_A && a == start && money_a == none -> money_a = held }
    :: atomic { a == start && epoch == 0 && (!HELD_A || money_a == held) -> A_start_Begin: a = offered }
    :: atomic { a == start -> A_start_Withdraw: a = aborted }
    :: atomic { a == start && epoch >= 1 -> A_start_Tick: a = aborted }
    :: atomic { a == offered && !m1 && epoch < 2 -> m1 = true }
    :: atomic { a == offered && m2 && SOUND_M2 && IN_TIME -> A_offered_Received: a = released }
    :: atomic { a == offered -> A_offered_Tick: a = aborting }
    :: atomic { a == offered -> A_offered_Withdraw: a = aborting }
    :: atomic { a == released && !m3 && IN_TIME -> m3 = true; if :: KEYED_A -> key_a = true :: else fi }
    :: atomic { a == released && m4 -> A_released_Received: has_m4 = true; key_b = KEYED_B; a = done }
    :: atomic { a == released -> A_released_Tick: a = resolving }
    :: atomic { a == released -> A_released_Insist: a = resolving }
    :: atomic { SETTLES && a == released && PAID(money_b) -> A_released_Settled: a = done }
    :: atomic { SETTLES && a == released && money_b == voided -> a = aborted }
#ifdef CONTINUE_AFTER_ABORT
    :: atomic { a == aborting && m2 && SOUND_M2 && IN_TIME -> A_aborting_Received: a = released }
#else
    :: atomic { a == aborting && m2 -> A_aborting_Received: skip }
#endif
    :: atomic { a == aborting -> decide_abort() }
    :: atomic { a == aborting && row != resolved && TOLD -> A_aborting_Decided: a = aborted }
    :: atomic { a == aborting && row == resolved && TOLD -> learn(); a = ((NO_MONEY || ANY_PAID) -> done : aborted) }
    :: atomic { SETTLES && a == aborting && PAID(money_b) -> A_aborting_Settled: a = done }
    :: atomic { a == resolving && m4 -> A_resolving_Received: has_m4 = true; key_b = KEYED_B; a = done }
    :: atomic { a == resolving -> decide_resolve() }
    :: atomic { a == resolving && row != resolved && TOLD -> A_resolving_Decided: a = aborted }
    :: atomic { a == resolving && row == resolved && TOLD -> learn(); a = ((NO_MONEY || ANY_PAID) -> done : aborted) }
    :: atomic { SETTLES && a == resolving && PAID(money_b) -> A_resolving_Settled: a = done }
    :: atomic { HELD_B && a == done && has_m4 && money_b == held -> money_b = captured }
#else
    /* --- the adversary as initiator: any message at any time, abort and go on, resolve, renounce */
    :: atomic { HELD_A && money_a == none -> money_a = held }
    :: atomic { !m1 && (!HELD_A || money_a == held) -> m1 = true }
    :: atomic { m2 && !m3 -> m3 = true; if :: KEYED_A && good_a -> key_a = true :: else fi }
    :: atomic { m1 -> decide_abort() }
    :: atomic { m1 && m2 -> decide_resolve() }
    :: atomic { HELD_B && money_b == held && m4 -> money_b = captured }
    :: atomic { HELD_B && money_b == held -> money_b = voided }
    :: atomic { KEYED_B && m4 -> key_b = true }
    :: atomic { TOLD -> learn() }
#endif

#ifdef HONEST_B
    /* --- the responder */
    :: atomic { b == start && m1 -> B_start_Received: b = reviewing }
    :: atomic { b == start -> B_start_Withdraw: b = aborted }
    :: atomic { b == start && epoch >= 1 -> B_start_Tick: b = aborted }
    :: atomic { HELD_B && b == reviewing && money_b == none -> money_b = held }
    :: atomic { b == reviewing && (!HELD_B || money_b == held) -> B_reviewing_Consent: b = committed }
    :: atomic { b == reviewing -> B_reviewing_Withdraw: b = aborted }
    :: atomic { b == reviewing && epoch >= 1 -> B_reviewing_Tick: b = aborted }
    :: atomic { b == committed && !m2 -> m2 = true }
    :: atomic { b == committed && m3 && (!KEYED_A || key_a) -> B_committed_Received: has_m3 = true; b = AFTER_M3 }
    :: atomic { b == committed -> B_committed_Tick: b = resolving }
    :: atomic { b == committed -> B_committed_Insist: b = resolving }
    :: atomic { SETTLES && b == committed && money_b == voided -> B_committed_Settled: b = aborted }
    :: atomic { SETTLES && b == committed && money_b == released_ -> key_a = true; b = done }
    :: atomic { b == finalising && money_a == held -> money_a = captured }
    :: atomic { b == finalising && PAID(money_a) -> B_finalising_Settled: b = done }
    :: atomic { b == finalising && money_a == voided -> b = resolving; has_m3 = false }
    :: atomic { b == finalising -> B_finalising_Tick: b = resolving; has_m3 = false }
    :: atomic { b == finalising -> B_finalising_Insist: b = resolving; has_m3 = false }
    :: atomic { b == done && has_m3 && !m4 -> m4 = true; if :: KEYED_B -> key_b = true :: else fi }
    :: atomic { b == resolving && m3 && (!KEYED_A || key_a) && !HELD_A -> B_resolving_Received: has_m3 = true; b = done }
    :: atomic { b == resolving -> decide_resolve() }
    :: atomic { b == resolving && row != resolved && TOLD -> B_resolving_Decided: b = aborted }
    :: atomic { b == resolving && row == resolved && TOLD -> learn(); b = ((NO_MONEY || ANY_PAID) -> done : aborted) }
    :: atomic { SETTLES && b == resolving && money_b == voided -> B_resolving_Settled: b = aborted }
    :: atomic { SETTLES && b == resolving && money_b == released_ -> key_a = true; b = done }
#ifdef GIVE_UP
    :: atomic { b == committed -> b = aborted }
#endif
#else
    /* --- the adversary as responder */
    :: atomic { HELD_B && money_b == none && m1 -> money_b = held }
    :: atomic { m1 && !m2 && (!HELD_B || money_b == held) -> m2 = true }
    :: atomic { m2 && !m4 && (!KEYED_B || good_b) -> m4 = true; if :: KEYED_B -> key_b = true :: else fi }
    :: atomic { m1 && m2 -> decide_resolve() }
    :: atomic { HELD_A && money_a == held && m3 -> money_a = captured }
    :: atomic { HELD_A && money_a == held -> money_a = voided }
    :: atomic { TOLD -> learn() }
#endif

    /* --- the trustee carries its decision to the payment systems; holds expire */
    :: atomic { row == aborted_ && HELD_A && money_a == held -> money_a = voided }
    :: atomic { row == aborted_ && HELD_B && money_b == held -> money_b = voided }
    :: atomic { row == aborted_ && HELD_B && money_b == none -> money_b = refused }
    :: atomic { row == resolved && HELD_A && money_a == held -> money_a = released_ }
    :: atomic { row == resolved && HELD_B && money_b == held -> money_b = released_ }
    :: atomic { epoch == 3 && money_a == held -> money_a = voided }
    :: atomic { epoch == 3 && money_b == held -> money_b = voided }
#ifdef FORGET
    :: atomic { row != undecided -> row = undecided }
#endif

    :: atomic { epoch == 3 && !STILL_HELD && ALL_FINISHED -> break }
    od;

#ifdef HONEST_A
    /* Whoever is done has the other's item; who is not done has given nothing. */
    assert(!(HELD_B && a == done) || PAID(money_b));
    assert(!(KEYED_B && a == done) || key_b);
    assert(!(KIND == CONTRACT && a == done) || has_m4 || row == resolved);
    assert(a == done || !(KEYED_A && key_a));
    assert(a == done || !(HELD_A && PAID(money_a)));
    assert(a == done || !(KIND == CONTRACT && (m3 || row == resolved)));
#endif
#ifdef HONEST_B
    assert(!(KEYED_A && b == done) || key_a);
    assert(!(HELD_A && b == done) || PAID(money_a));
    assert(!(KIND == CONTRACT && b == done) || has_m3 || row == resolved);
    assert(b == done || !(HELD_B && PAID(money_b)));
    assert(b == done || !(KEYED_B && key_b));
    assert(b == done || !(KIND == CONTRACT && row == resolved));
#endif
#if defined(HONEST_A) && defined(HONEST_B)
    assert(a == b);
#endif
}
