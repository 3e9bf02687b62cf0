// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, Lot, LotRef, LotState} from "../interfaces/ILedger.sol";

/// Claims, lots and references as single 256-bit words, lowest bits first in field order.
/// Mirrored by `ledger/words.py`; both are held to the vectors in `tests/vectors/words.json`.
/// The ledger works on lots as words: unpacked ones would cost more than the storage they save.
library Words {
    /// Every bit of a lot but those of start, end and version.
    uint256 private constant OUTSIDE_SPAN =
        ~((uint256(type(uint128).max) << 32) | (uint256(type(uint24).max) << 232));
    /// Every bit of a lot but those of holder and state.
    uint256 private constant OUTSIDE_HOLDING =
        ~((uint256(type(uint32).max) << 160) | (uint256(type(uint8).max) << 224));
    /// Every bit of a lot but those of its lien.
    uint256 private constant OUTSIDE_LIEN = ~(uint256(type(uint32).max) << 192);

    /// debtor 32 | face 64 | maturity 32 | currency 24
    function pack(Claim memory c) internal pure returns (uint256) {
        return uint256(c.debtor) | (uint256(c.face) << 32) | (uint256(c.maturity) << 96)
            | (uint256(uint24(c.currency)) << 128);
    }

    function toClaim(uint256 word) internal pure returns (Claim memory) {
        return Claim({
            debtor: uint32(word),
            face: uint64(word >> 32),
            maturity: uint32(word >> 96),
            currency: bytes3(uint24(word >> 128))
        });
    }

    /// claim 32 | start 64 | end 64 | holder 32 | lien 32 | state 8 | version 24
    function pack(Lot memory l) internal pure returns (uint256) {
        return uint256(l.claim) | (uint256(l.start) << 32) | (uint256(l.end) << 96) | (uint256(l.holder) << 160)
            | (uint256(l.lien) << 192) | (uint256(uint8(l.state)) << 224) | (uint256(l.version) << 232);
    }

    function toLot(uint256 word) internal pure returns (Lot memory) {
        return Lot({
            claim: claimOf(word),
            start: startOf(word),
            end: endOf(word),
            holder: holderOf(word),
            lien: lienOf(word),
            state: stateOf(word),
            version: versionOf(word)
        });
    }

    function claimOf(uint256 lot) internal pure returns (uint32) {
        return uint32(lot);
    }

    function startOf(uint256 lot) internal pure returns (uint64) {
        return uint64(lot >> 32);
    }

    function endOf(uint256 lot) internal pure returns (uint64) {
        return uint64(lot >> 96);
    }

    function holderOf(uint256 lot) internal pure returns (uint32) {
        return uint32(lot >> 160);
    }

    function lienOf(uint256 lot) internal pure returns (uint32) {
        return uint32(lot >> 192);
    }

    function stateOf(uint256 lot) internal pure returns (LotState) {
        return LotState(uint8(lot >> 224));
    }

    function versionOf(uint256 lot) internal pure returns (uint24) {
        return uint24(lot >> 232);
    }

    /// Whether `holder` holds the lot live and without a lien: three fields side by side.
    function isFree(uint256 lot, uint32 holder) internal pure returns (bool) {
        return uint72(lot >> 160) == (uint72(uint8(LotState.Live)) << 64) | holder;
    }

    /// The same lot with another interval and version.
    function spanning(uint256 lot, uint64 start, uint64 end, uint24 version) internal pure returns (uint256) {
        return (lot & OUTSIDE_SPAN) | (uint256(start) << 32) | (uint256(end) << 96) | (uint256(version) << 232);
    }

    /// The same lot with another holder and state.
    function heldBy(uint256 lot, uint32 holder, LotState state) internal pure returns (uint256) {
        return (lot & OUTSIDE_HOLDING) | (uint256(holder) << 160) | (uint256(uint8(state)) << 224);
    }

    /// The same lot under another lien; 0 for none.
    function under(uint256 lot, uint32 lien) internal pure returns (uint256) {
        return (lot & OUTSIDE_LIEN) | (uint256(lien) << 192);
    }

    function key(uint32 claim, uint64 start) internal pure returns (uint256) {
        return (uint256(claim) << 64) | start;
    }

    /// What a payment for a lot is about: claim | start | version, in the low 128 bits.
    function subject(LotRef memory lot) internal pure returns (bytes32) {
        return bytes32((uint256(lot.claim) << 96) | (uint256(lot.start) << 32) | lot.version);
    }

    function toLotRef(bytes32 subject_) internal pure returns (LotRef memory) {
        uint256 word = uint256(subject_);
        return LotRef({claim: uint32(word >> 96), start: uint64(word >> 32), version: uint32(word)});
    }

    /// Of the words one after the other, without the array's length.
    function hash(uint256[] memory words) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := keccak256(add(words, 0x20), shl(5, mload(words)))
        }
    }
}
