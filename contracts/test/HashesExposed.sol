// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OracleConfig, Payment, Remittance} from "../interfaces/IAttestations.sol";
import {
    BuyBack,
    Demand,
    Enforcement,
    Finance,
    Order,
    Recovery,
    Registration,
    Repayment,
    Rescission,
    Surplus
} from "../interfaces/IFinancing.sol";
import {Claim, Lot, LotRef} from "../interfaces/ILedger.sol";
import {Issue, Merge, Transfer} from "../interfaces/IReceivables.sol";
import {Amendment, Constitution, Enrolment, PolicyChange} from "../interfaces/IRegistry.sol";
import {ValidatorChange} from "../interfaces/IValidators.sol";
import {Agreements} from "../libraries/Agreements.sol";
import {Dates} from "../libraries/Dates.sol";
import {Words} from "../libraries/Words.sol";

/// The hashing and packing libraries, callable from outside, for the golden vectors.
contract HashesExposed {
    function hashEnrolment(Enrolment calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashAmendment(Amendment calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashConstitution(Constitution calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashPolicyChange(PolicyChange calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashOracleConfig(OracleConfig calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashValidatorChange(ValidatorChange calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashPayment(Payment calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashIssue(Issue calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashTransfer(Transfer calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashMerge(Merge calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashRemittance(Remittance calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashFinance(Finance calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashRescission(Rescission calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashBuyBack(BuyBack calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashDemand(Demand calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashSurplus(Surplus calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashRepayment(Repayment calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashEnforcement(Enforcement calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashRegistration(Registration calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashOrder(Order calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function hashRecovery(Recovery calldata a) external pure returns (bytes32) {
        return Agreements.hash(a);
    }

    function dateInShanghai(uint256 time) external pure returns (uint32) {
        return Dates.inShanghai(time);
    }

    function packClaim(Claim calldata c) external pure returns (uint256) {
        return Words.pack(c);
    }

    function unpackClaim(uint256 word) external pure returns (Claim memory) {
        return Words.toClaim(word);
    }

    function packLot(Lot calldata l) external pure returns (uint256) {
        return Words.pack(l);
    }

    function unpackLot(uint256 word) external pure returns (Lot memory) {
        return Words.toLot(word);
    }

    function subjectOf(LotRef calldata lot) external pure returns (bytes32) {
        return Words.subject(lot);
    }

    function lotOf(bytes32 subject) external pure returns (LotRef memory) {
        return Words.toLotRef(subject);
    }
}
