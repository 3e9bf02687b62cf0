// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OracleConfig, Payment} from "../interfaces/IAttestations.sol";
import {Claim, Lot, LotRef} from "../interfaces/ILedger.sol";
import {Issue, Merge, Transfer} from "../interfaces/IReceivables.sol";
import {Amendment, Constitution, Enrolment, PolicyChange} from "../interfaces/IRegistry.sol";
import {ValidatorChange} from "../interfaces/IValidators.sol";
import {Agreements} from "../libraries/Agreements.sol";
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
