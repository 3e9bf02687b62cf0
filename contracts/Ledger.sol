// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Claim, ILedger, Lot, LotRef, LotState, MAX_AMOUNT, Op} from "./interfaces/ILedger.sol";
import {Words} from "./libraries/Words.sol";

/// @dev See {ILedger}.
contract Ledger is ILedger {
    using Words for Claim;
    using Words for Lot;
    using Words for uint256;
    using Words for uint256[];

    mapping(uint32 book => bytes32) public head;
    mapping(uint32 claim => uint256) private _claims;
    mapping(uint256 key => uint256) private _lots;
    bytes32 public globalHead;
    uint64 public entryCount;
    uint32 public claimCount;
    mapping(address policy => bool) public isPolicy;

    address public immutable governor;

    modifier onlyPolicy() {
        if (!isPolicy[msg.sender]) revert NotPolicy(msg.sender);
        _;
    }

    constructor(address governor_, address[] memory policies) {
        governor = governor_;
        for (uint256 i = 0; i < policies.length; i++) {
            // A constructor's msg.data is empty: nobody signed these.
            _setPolicy(policies[i], true, bytes32(0), msg.data);
        }
    }

    function open(Claim calldata terms, uint32 holder, bytes32 act, bytes calldata memo)
        external
        onlyPolicy
        returns (uint32 claim)
    {
        if (terms.face == 0) revert ZeroAmount();
        if (terms.face > MAX_AMOUNT) revert AmountTooLarge(terms.face);
        claim = ++claimCount;
        uint256[] memory words = new uint256[](2);
        words[0] = _claims[claim] = terms.pack();
        words[1] = _write(Lot(claim, 0, terms.face, holder, 0, LotState.Live, 1).pack());
        _post(claim, act, Op.Opened, words, memo);
    }

    function move(
        LotRef calldata ref,
        uint64 start,
        uint64 end,
        uint32 holder,
        uint32 recipient,
        bytes32 act,
        bytes calldata memo
    ) external onlyPolicy {
        uint256 lot = _free(ref, holder);
        uint256[] memory words = _cut(lot, start, end, lot.heldBy(recipient, LotState.Live));
        _post(ref.claim, act, Op.Moved, words, memo);
    }

    function discharge(LotRef calldata ref, uint64 amount, bytes32 act, bytes calldata memo) external onlyPolicy {
        uint256 lot = _live(ref);
        uint64 start = lot.startOf();
        uint256[] memory words = _cut(lot, start, start + amount, lot.heldBy(lot.holderOf(), LotState.Discharged));
        _post(ref.claim, act, Op.Discharged, words, memo);
    }

    function merge(LotRef calldata leftRef, LotRef calldata rightRef, uint32 holder, bytes32 act, bytes calldata memo)
        external
        onlyPolicy
    {
        if (leftRef.claim != rightRef.claim) revert UnknownLot(leftRef.claim, rightRef.start);
        uint256 left = _free(leftRef, holder);
        uint256 right = _free(rightRef, holder);
        if (left.endOf() != right.startOf()) revert NotAdjacent(left.endOf(), right.startOf());
        uint256[] memory words = new uint256[](2);
        words[0] = _write(left.spanning(left.startOf(), right.endOf(), left.versionOf() + 1));
        words[1] = _write(
            right.spanning(right.startOf(), right.startOf(), right.versionOf() + 1).heldBy(holder, LotState.Merged)
        );
        _post(leftRef.claim, act, Op.Merged, words, memo);
    }

    function convey(
        LotRef calldata ref,
        uint64 start,
        uint64 end,
        uint32 holder,
        uint32 recipient,
        uint32 lien,
        bytes32 act,
        bytes calldata memo
    ) external onlyPolicy {
        uint256 lot = _free(ref, holder);
        uint256[] memory words = _cut(lot, start, end, lot.heldBy(recipient, LotState.Live).under(lien));
        _post(ref.claim, act, Op.Conveyed, words, memo);
    }

    function encumber(
        LotRef calldata ref,
        uint64 start,
        uint64 end,
        uint32 holder,
        uint32 lienholder,
        bytes32 act,
        bytes calldata memo
    ) external onlyPolicy {
        uint256 lot = _free(ref, holder);
        uint256[] memory words = _cut(lot, start, end, lot.under(lienholder));
        _post(ref.claim, act, Op.Encumbered, words, memo);
    }

    function release(LotRef calldata ref, uint32 lienholder, bytes32 act, bytes calldata memo) external onlyPolicy {
        uint256 lot = _outstanding(ref);
        _requireLien(lot, lienholder);
        _rewrite(lot.under(0), act, Op.Released, memo);
    }

    function foreclose(LotRef calldata ref, uint32 lienholder, bytes32 act, bytes calldata memo)
        external
        onlyPolicy
    {
        uint256 lot = _live(ref);
        _requireLien(lot, lienholder);
        _rewrite(lot.heldBy(lienholder, LotState.Live).under(0), act, Op.Foreclosed, memo);
    }

    function freeze(LotRef calldata ref, bytes32 act, bytes calldata memo) external onlyPolicy {
        uint256 lot = _live(ref);
        _rewrite(lot.heldBy(lot.holderOf(), LotState.Frozen), act, Op.Frozen, memo);
    }

    function thaw(LotRef calldata ref, bytes32 act, bytes calldata memo) external onlyPolicy {
        uint256 lot = _current(ref);
        if (lot.stateOf() != LotState.Frozen) revert LotNotFrozen(ref.claim, ref.start, lot.stateOf());
        _rewrite(lot.heldBy(lot.holderOf(), LotState.Live), act, Op.Thawed, memo);
    }

    function reassign(LotRef calldata ref, uint32 holder, uint32 recipient, bytes32 act, bytes calldata memo)
        external
        onlyPolicy
    {
        uint256 lot = _outstanding(ref);
        if (lot.holderOf() != holder) revert NotHolder(ref.claim, ref.start, holder, lot.holderOf());
        _rewrite(lot.heldBy(recipient, lot.stateOf()), act, Op.Reassigned, memo);
    }

    function record(uint32 claim, bytes32 act, uint256[] calldata words, bytes calldata memo) external onlyPolicy {
        if (_claims[claim] == 0) revert UnknownClaim(claim);
        _post(claim, act, Op.Recorded, words, memo);
    }

    function note(bytes32 act, uint256[] calldata words, bytes calldata memo) external onlyPolicy {
        _post(0, act, Op.Noted, words, memo);
    }

    function setPolicy(address policy, bool authorised, bytes32 act, bytes calldata memo) external {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        if (policy == governor) revert GovernorStays();
        _setPolicy(policy, authorised, act, memo);
    }

    function claimOf(uint32 claim) external view returns (Claim memory) {
        uint256 word = _claims[claim];
        if (word == 0) revert UnknownClaim(claim);
        return word.toClaim();
    }

    function lotAt(uint32 claim, uint64 start) external view returns (Lot memory) {
        uint256 word = _lots[Words.key(claim, start)];
        if (word == 0) revert UnknownLot(claim, start);
        return word.toLot();
    }

    function _current(LotRef calldata ref) private view returns (uint256 lot) {
        lot = _lots[Words.key(ref.claim, ref.start)];
        if (lot == 0) revert UnknownLot(ref.claim, ref.start);
        if (lot.versionOf() != ref.version) {
            revert LotChanged(ref.claim, ref.start, ref.version, lot.versionOf());
        }
    }

    function _live(LotRef calldata ref) private view returns (uint256 lot) {
        lot = _current(ref);
        if (lot.stateOf() != LotState.Live) revert LotNotLive(ref.claim, ref.start, lot.stateOf());
    }

    function _outstanding(LotRef calldata ref) private view returns (uint256 lot) {
        lot = _current(ref);
        LotState state = lot.stateOf();
        if (state != LotState.Live && state != LotState.Frozen) revert LotNotLive(ref.claim, ref.start, state);
    }

    function _free(LotRef calldata ref, uint32 holder) private view returns (uint256 lot) {
        lot = _current(ref);
        if (lot.isFree(holder)) return lot;
        if (lot.stateOf() != LotState.Live) revert LotNotLive(ref.claim, ref.start, lot.stateOf());
        if (lot.holderOf() != holder) revert NotHolder(ref.claim, ref.start, holder, lot.holderOf());
        revert LotLiened(ref.claim, ref.start, lot.lienOf());
    }

    function _requireLien(uint256 lot, uint32 party) private pure {
        uint32 lien = lot.lienOf();
        if (lien == 0 || lien != party) revert NotLienholder(lot.claimOf(), lot.startOf(), party, lien);
    }

    /// Makes `[start, end)` of a lot what `taken` is but for its interval, and leaves the rest as it was.
    function _cut(uint256 lot, uint64 start, uint64 end, uint256 taken) private returns (uint256[] memory words) {
        if (start >= end) revert ZeroAmount();
        (uint64 lotStart, uint64 lotEnd) = (lot.startOf(), lot.endOf());
        if (start < lotStart || end > lotEnd) revert OutsideLot(start, end, lotStart, lotEnd);
        bool before = start > lotStart;
        bool behind = end < lotEnd;
        words = new uint256[](1 + (before ? 1 : 0) + (behind ? 1 : 0));
        uint256 n = 0;
        uint24 version = lot.versionOf() + 1;
        if (before) {
            words[n++] = _write(lot.spanning(lotStart, start, version));
            version = _nextVersion(lot.claimOf(), start);
        }
        words[n++] = _write(taken.spanning(start, end, version));
        if (behind) words[n] = _write(lot.spanning(end, lotEnd, _nextVersion(lot.claimOf(), end)));
    }

    /// A place where a merged lot once began keeps counting from that lot's version, so that no
    /// signature over the old one can ever fit the new.
    function _nextVersion(uint32 claim, uint64 start) private view returns (uint24) {
        return _lots[Words.key(claim, start)].versionOf() + 1;
    }

    function _rewrite(uint256 lot, bytes32 act, Op op, bytes calldata memo) private {
        uint256[] memory words = new uint256[](1);
        words[0] = _write(lot.spanning(lot.startOf(), lot.endOf(), lot.versionOf() + 1));
        _post(lot.claimOf(), act, op, words, memo);
    }

    function _write(uint256 lot) private returns (uint256) {
        return _lots[Words.key(lot.claimOf(), lot.startOf())] = lot;
    }

    function _setPolicy(address policy, bool authorised, bytes32 act, bytes calldata memo) private {
        isPolicy[policy] = authorised;
        uint256[] memory words = new uint256[](2);
        words[0] = uint160(policy);
        words[1] = authorised ? 1 : 0;
        _post(0, act, Op.PolicySet, words, memo);
    }

    function _post(uint32 book, bytes32 act, Op op, uint256[] memory words, bytes calldata memo) private {
        uint64 index = entryCount++;
        bytes32 entry = keccak256(abi.encode(index, book, act, op, msg.sender, words.hash(), keccak256(memo)));
        head[book] = Hashes.efficientKeccak256(head[book], entry);
        globalHead = Hashes.efficientKeccak256(globalHead, entry);
        emit Posted(index, book, act, op, msg.sender, words, memo);
    }
}
