// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAttestations, Remittance} from "./interfaces/IAttestations.sol";
import {
    BuyBack,
    Deal,
    DealState,
    Demand,
    Duty,
    Enforcement,
    Finance,
    IFinancing,
    Modes,
    Obligation,
    Order,
    Outcome,
    Recovery,
    Registered,
    Registration,
    Repayment,
    Rescission,
    Surplus
} from "./interfaces/IFinancing.sol";
import {ILedger, Lot, LotRef, LotState, MAX_AMOUNT} from "./interfaces/ILedger.sol";
import {IReceivables} from "./interfaces/IReceivables.sol";
import {IRegistry, Roles} from "./interfaces/IRegistry.sol";
import {Agreements} from "./libraries/Agreements.sol";
import {Dates} from "./libraries/Dates.sol";

/// @dev See {IFinancing}.
contract Financing is IFinancing, EIP712 {
    ILedger public immutable ledger;
    IRegistry public immutable registry;
    IAttestations public immutable attestations;

    mapping(bytes32 deal => Deal) private _deals;
    mapping(bytes32 commitment => Obligation) private _obligations;
    mapping(bytes32 number => Registered) private _registrations;

    constructor(ILedger ledger_, IRegistry registry_, IAttestations attestations_) EIP712("Yuanliu", "1") {
        ledger = ledger_;
        registry = registry_;
        attestations = attestations_;
    }

    function conclude(Finance calldata act, bytes[] calldata seller, bytes[] calldata bank) external {
        _requireInTime(act.validUntil);
        if (act.seller == act.bank) revert IReceivables.SelfDealing(act.seller);
        if (act.mode > Modes.PLEDGE) revert UnknownMode(act.mode);
        if (act.start >= act.end) revert ILedger.ZeroAmount();
        Dates.requireValid(act.dueOn);
        _requireRegistered(act);
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        registry.requireRole(act.bank, Roles.BANK);
        registry.requireConsents(digest, act.end - act.start, act.seller, seller, act.bank, bank);
        _owe(act.advance, digest);
        _deals[digest] = Deal({
            claim: act.claim,
            start: act.start,
            end: act.end,
            seller: act.seller,
            bank: act.bank,
            mode: act.mode,
            state: DealState.Concluded,
            payBy: act.payBy,
            dueOn: act.dueOn,
            demandedOn: 0,
            repayBy: 0
        });
        LotRef memory ref = LotRef(act.claim, act.lot, act.version);
        bytes memory memo = abi.encodeCall(IFinancing.conclude, (act, seller, bank));
        if (act.mode == Modes.PLEDGE) {
            ledger.encumber(ref, act.start, act.end, act.seller, act.bank, digest, memo);
        } else {
            ledger.convey(ref, act.start, act.end, act.seller, act.bank, act.seller, digest, memo);
        }
    }

    function prove(Remittance calldata fact, bytes[] calldata oracles) external {
        Dates.requireValid(fact.bookedOn);
        Obligation memory owed = _open(fact.commitment);
        Deal memory deal = _deals[owed.deal];
        _obligations[fact.commitment].outcome = Outcome.Paid;
        if (owed.duty == Duty.Advance) {
            _deals[owed.deal].state = DealState.Advanced;
        } else if (owed.duty == Duty.Repayment) {
            if (deal.state != DealState.Advanced) revert DealClosed(owed.deal, deal.state);
            _deals[owed.deal].state = DealState.Repaid;
        }
        bytes32 digest = attestations.remit(fact, oracles);
        bytes memory memo = abi.encodeCall(IFinancing.prove, (fact, oracles));
        if (owed.duty == Duty.BuyBack) {
            _foreclose(deal, owed.start, owed.end, deal.seller, digest, memo);
        } else if (owed.duty == Duty.Repayment) {
            _release(deal, deal.start, deal.end, deal.bank, digest, memo);
        } else if (owed.duty == Duty.Advance && deal.mode != Modes.PLEDGE) {
            _release(deal, deal.start, deal.end, deal.seller, digest, memo);
        } else {
            _record(deal, digest, memo);
        }
    }

    function rescind(Rescission calldata act, bytes[] calldata creditor) external {
        _requireInTime(act.validUntil);
        Obligation memory owed = _open(act.commitment);
        Deal memory deal = _deals[owed.deal];
        bool advance = owed.duty == Duty.Advance;
        if (!advance && owed.duty != Duty.BuyBack) revert NotRescindable(act.commitment);
        _requireLate(advance ? deal.payBy : owed.payBy);
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        _requireConsent(deal, advance ? deal.seller : deal.bank, digest, creditor);
        _obligations[act.commitment].outcome = Outcome.Rescinded;
        if (advance) _deals[owed.deal].state = DealState.Rescinded;
        bytes memory memo = abi.encodeCall(IFinancing.rescind, (act, creditor));
        if (!advance) {
            _requireProvable(deal.claim, owed.start, owed.end);
            _release(deal, owed.start, owed.end, deal.seller, digest, memo);
        } else if (deal.mode == Modes.PLEDGE) {
            _release(deal, deal.start, deal.end, deal.bank, digest, memo);
        } else {
            _foreclose(deal, deal.start, deal.end, deal.seller, digest, memo);
        }
    }

    function buyBack(BuyBack calldata act, bytes[] calldata seller, bytes[] calldata bank) external {
        _requireInTime(act.validUntil);
        Deal memory deal = _overdue(act.deal);
        if (act.start >= act.end) revert ILedger.ZeroAmount();
        if (act.claim != deal.claim || act.start < deal.start || act.end > deal.end) {
            revert OutsideDeal(act.deal, deal.start, deal.end);
        }
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        registry.requireConsents(digest, act.end - act.start, deal.seller, seller, deal.bank, bank);
        _owe(act.commitment, act.deal);
        Obligation storage owed = _obligations[act.commitment];
        (owed.duty, owed.payBy, owed.start, owed.end) = (Duty.BuyBack, act.payBy, act.start, act.end);
        ledger.encumber(
            LotRef(act.claim, act.lot, act.version),
            act.start,
            act.end,
            deal.bank,
            deal.seller,
            digest,
            abi.encodeCall(IFinancing.buyBack, (act, seller, bank))
        );
    }

    function demandRecourse(Demand calldata act, bytes[] calldata bank) external {
        _requireInTime(act.validUntil);
        Deal memory deal = _overdue(act.deal);
        if (deal.demandedOn != 0) revert AlreadyDemanded(act.deal, deal.demandedOn);
        _requireUnpaid(act, deal);
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        _requireConsent(deal, deal.bank, digest, bank);
        _deals[act.deal].demandedOn = _today();
        _record(deal, digest, abi.encodeCall(IFinancing.demandRecourse, (act, bank)));
    }

    function admitSurplus(Surplus calldata act, bytes[] calldata bank) external {
        _requireInTime(act.validUntil);
        Deal memory deal = _concluded(act.deal);
        if (deal.mode == Modes.SALE) revert NoRecourse(act.deal, deal.mode);
        if (deal.state != DealState.Enforced) _requireAdvanced(act.deal, deal);
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        _requireConsent(deal, deal.bank, digest, bank);
        _owe(act.commitment, act.deal);
        _obligations[act.commitment].duty = Duty.Surplus;
        _record(deal, digest, abi.encodeCall(IFinancing.admitSurplus, (act, bank)));
    }

    function agreeRepayment(Repayment calldata act, bytes[] calldata seller, bytes[] calldata bank) external {
        _requireInTime(act.validUntil);
        Deal memory deal = _pledged(act.deal);
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        registry.requireConsents(digest, deal.end - deal.start, deal.seller, seller, deal.bank, bank);
        _owe(act.commitment, act.deal);
        _obligations[act.commitment].duty = Duty.Repayment;
        _deals[act.deal].repayBy = act.payBy;
        _record(deal, digest, abi.encodeCall(IFinancing.agreeRepayment, (act, seller, bank)));
    }

    function enforce(Enforcement calldata act, bytes[] calldata bank) external {
        _requireInTime(act.validUntil);
        Deal memory deal = _pledged(act.deal);
        _requirePast(deal.dueOn);
        _requireLate(deal.repayBy);
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        _requireConsent(deal, deal.bank, digest, bank);
        _deals[act.deal].state = DealState.Enforced;
        bytes memory memo = abi.encodeCall(IFinancing.enforce, (act, bank));
        _foreclose(deal, deal.start, deal.end, deal.bank, digest, memo);
    }

    function register(Registration calldata fact, bytes[] calldata oracles) external {
        if (fact.start >= fact.end) revert ILedger.ZeroAmount();
        if (fact.end > MAX_AMOUNT) revert ILedger.AmountTooLarge(fact.end);
        Dates.requireValid(fact.expiresOn);
        if (_today() > fact.expiresOn) revert RegistrationLapsed(fact.number, fact.expiresOn);
        Registered memory known = _registrations[fact.number];
        bool same = known.claim == fact.claim && known.start == fact.start && known.end == fact.end
            && known.bank == fact.bank;
        if (known.expiresOn != 0 && (!same || fact.expiresOn <= known.expiresOn)) {
            revert RegistrationKnown(fact.number, known.expiresOn);
        }
        _registrations[fact.number] = Registered(fact.claim, fact.start, fact.end, fact.bank, fact.expiresOn);
        bytes32 digest = attestations.requireWitnesses(fact.config, Agreements.hash(fact), oracles);
        uint256[] memory words = new uint256[](1);
        words[0] = fact.bank;
        ledger.record(fact.claim, digest, words, abi.encodeCall(IFinancing.register, (fact, oracles)));
    }

    function order(Order calldata act, bytes[] calldata council) external {
        bytes32 digest = _decided(Agreements.hash(act), act.validUntil, act.evidence, council);
        LotRef memory ref = LotRef(act.claim, act.lot, act.version);
        bytes memory memo = abi.encodeCall(IFinancing.order, (act, council));
        if (act.freeze) ledger.freeze(ref, digest, memo);
        else ledger.thaw(ref, digest, memo);
    }

    function recover(Recovery calldata act, bytes[] calldata council) external {
        bytes32 digest = _decided(Agreements.hash(act), act.validUntil, act.evidence, council);
        if (act.holder == act.successor) revert IReceivables.SelfDealing(act.holder);
        // Any active party: no role is asked for.
        registry.requireRole(act.successor, 0);
        ledger.reassign(
            LotRef(act.claim, act.lot, act.version),
            act.holder,
            act.successor,
            digest,
            abi.encodeCall(IFinancing.recover, (act, council))
        );
    }

    function dealOf(bytes32 deal) external view returns (Deal memory) {
        return _deals[deal];
    }

    function obligationOf(bytes32 commitment) external view returns (Obligation memory) {
        return _obligations[commitment];
    }

    function registrationOf(bytes32 number) external view returns (Registered memory) {
        return _registrations[number];
    }

    function _owe(bytes32 commitment, bytes32 deal) private {
        if (_obligations[commitment].deal != bytes32(0)) revert CommitmentTaken(commitment);
        _obligations[commitment].deal = deal;
    }

    function _open(bytes32 commitment) private view returns (Obligation memory owed) {
        owed = _obligations[commitment];
        if (owed.deal == bytes32(0)) revert RemittanceMismatch(commitment);
        if (owed.outcome == Outcome.Paid) revert AlreadyPaid(commitment);
        if (owed.outcome == Outcome.Rescinded) revert AlreadyRescinded(commitment);
    }

    function _concluded(bytes32 id) private view returns (Deal memory deal) {
        deal = _deals[id];
        if (deal.state == DealState.Unknown) revert DealUnknown(id);
    }

    function _overdue(bytes32 id) private view returns (Deal memory deal) {
        deal = _concluded(id);
        if (deal.mode != Modes.RECOURSE) revert NoRecourse(id, deal.mode);
        _requireAdvanced(id, deal);
        _requirePast(ledger.claimOf(deal.claim).maturity);
    }

    function _pledged(bytes32 id) private view returns (Deal memory deal) {
        deal = _concluded(id);
        if (deal.mode != Modes.PLEDGE) revert NotPledge(id, deal.mode);
        _requireAdvanced(id, deal);
    }

    function _requireAdvanced(bytes32 id, Deal memory deal) private pure {
        if (deal.state == DealState.Concluded) revert AdvanceUnpaid(id);
        if (deal.state != DealState.Advanced) revert DealClosed(id, deal.state);
    }

    /// The bank must still hold, unpaid, some of what it bought.
    function _requireUnpaid(Demand calldata act, Deal memory deal) private view {
        Lot memory lot = ledger.lotAt(deal.claim, act.lot);
        if (lot.version != act.version) {
            revert ILedger.LotChanged(deal.claim, act.lot, act.version, lot.version);
        }
        if (lot.state != LotState.Live) revert ILedger.LotNotLive(deal.claim, act.lot, lot.state);
        if (lot.holder != deal.bank) revert ILedger.NotHolder(deal.claim, act.lot, deal.bank, lot.holder);
        if (lot.start >= deal.end || lot.end <= deal.start) revert OutsideDeal(act.deal, deal.start, deal.end);
    }

    function _requireRegistered(Finance calldata act) private view {
        Registered memory known = _registrations[act.registration];
        if (known.expiresOn == 0) revert RegistrationUnknown(act.registration);
        if (known.bank != act.bank) revert RegistrationForeign(act.registration, known.bank);
        if (known.claim != act.claim || act.start < known.start || act.end > known.end) {
            revert RegistrationTooSmall(act.registration, known.claim, known.start, known.end);
        }
        if (_today() > known.expiresOn) revert RegistrationLapsed(act.registration, known.expiresOn);
    }

    function _requireConsent(Deal memory deal, uint32 party, bytes32 digest, bytes[] calldata approvals)
        private
        view
    {
        registry.requireConsent(party, digest, deal.end - deal.start, approvals);
    }

    function _decided(bytes32 structHash, uint64 validUntil, bytes32 evidence, bytes[] calldata council)
        private
        view
        returns (bytes32 digest)
    {
        _requireInTime(validUntil);
        if (evidence == bytes32(0)) revert EvidenceMissing();
        digest = _hashTypedDataV4(structHash);
        registry.requireCouncil(digest, council);
    }

    function _requireInTime(uint64 validUntil) private view {
        if (block.timestamp > validUntil) revert IRegistry.Expired(validUntil);
    }

    function _requireLate(uint64 payBy) private view {
        if (block.timestamp <= payBy) revert NotYetLate(payBy);
    }

    function _requirePast(uint32 date) private view {
        if (_today() <= date) revert NotDue(date);
    }

    function _today() private view returns (uint32) {
        return Dates.inShanghai(block.timestamp);
    }

    function _release(Deal memory deal, uint64 start, uint64 end, uint32 lienholder, bytes32 act, bytes memory memo)
        private
    {
        LotRef memory rest = _rest(deal.claim, start, end);
        if (rest.version == 0) _record(deal, act, memo);
        else ledger.release(rest, lienholder, act, memo);
    }

    function _foreclose(Deal memory deal, uint64 start, uint64 end, uint32 lienholder, bytes32 act, bytes memory memo)
        private
    {
        LotRef memory rest = _rest(deal.claim, start, end);
        if (rest.version == 0) _record(deal, act, memo);
        else ledger.foreclose(rest, lienholder, act, memo);
    }

    function _record(Deal memory deal, bytes32 act, bytes memory memo) private {
        uint256[] memory words = new uint256[](2);
        (words[0], words[1]) = (deal.seller, deal.bank);
        ledger.record(deal.claim, act, words, memo);
    }

    /// Nobody is late with a buy-back that can't be proven paid: a frozen lot goes to no one.
    function _requireProvable(uint32 claim, uint64 start, uint64 end) private view {
        LotRef memory rest = _rest(claim, start, end);
        if (rest.version == 0) return;
        LotState state = ledger.lotAt(claim, rest.start).state;
        if (state != LotState.Live) revert ILedger.LotNotLive(claim, rest.start, state);
    }

    /// What is left unpaid of units under a lien: one lot, or none, which version 0 tells.
    function _rest(uint32 claim, uint64 start, uint64 end) private view returns (LotRef memory rest) {
        while (start < end) {
            Lot memory lot = ledger.lotAt(claim, start);
            if (lot.state != LotState.Discharged) return LotRef(claim, start, lot.version);
            start = lot.end;
        }
    }
}
