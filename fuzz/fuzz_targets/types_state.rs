//! Every value that the contracts keep in the state, from hostile bytes: the first byte says which, the rest is written again as the same bytes.
#![no_main]

use amanat_types::state::{
    Actor, Amendments, AnchorState, BasisRef, BreachState, Card, DisclosureState, Emergencies,
    Encounter, EnrolmentState, ErasureState, GlassDay, GrantState, HoldState, Holds, IndexOwner,
    MandateState, Member, NameState, NamesOwed, NetworkLimits, OrderState, Patient, PermitState,
    Person, Practitioner, Proposal, Proposals, Record, Restrictions, Results, Retention,
    ReviewState, RosterState, Sequence, StateKey, StudyState, Succession, TeamState, Ticket,
};
use amanat_types::{Jurisdiction, Refusal};
use commonware_codec::{DecodeExt, Encode};
use libfuzzer_sys::fuzz_target;

fn again<T: DecodeExt<()> + Encode>(bytes: &[u8]) {
    if let Ok(value) = T::decode(bytes.to_vec()) {
        assert_eq!(value.encode().as_ref(), bytes);
    }
}

const VALUES: &[fn(&[u8])] = &[
    again::<Actor>,
    again::<Amendments>,
    again::<AnchorState>,
    again::<BasisRef>,
    again::<BreachState>,
    again::<Card>,
    again::<DisclosureState>,
    again::<Emergencies>,
    again::<Encounter>,
    again::<EnrolmentState>,
    again::<ErasureState>,
    again::<GlassDay>,
    again::<GrantState>,
    again::<HoldState>,
    again::<Holds>,
    again::<IndexOwner>,
    again::<Jurisdiction>,
    again::<MandateState>,
    again::<Member>,
    again::<NameState>,
    again::<NamesOwed>,
    again::<NetworkLimits>,
    again::<OrderState>,
    again::<Patient>,
    again::<PermitState>,
    again::<Person>,
    again::<Practitioner>,
    again::<Proposal>,
    again::<Proposals>,
    again::<Record>,
    again::<Refusal>,
    again::<Restrictions>,
    again::<Results>,
    again::<Retention>,
    again::<ReviewState>,
    again::<RosterState>,
    again::<Sequence>,
    again::<StateKey>,
    again::<StudyState>,
    again::<Succession>,
    again::<TeamState>,
    again::<Ticket>,
];

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    VALUES[usize::from(*first) % VALUES.len()](bytes);
});
