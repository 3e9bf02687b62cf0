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
import {InvoiceUse, Issue, Merge, Transfer} from "../interfaces/IReceivables.sol";
import {Amendment, Constitution, Enrolment, PolicyChange} from "../interfaces/IRegistry.sol";
import {ValidatorChange} from "../interfaces/IValidators.sol";

/// EIP-712 struct hashes of everything that is signed. A `bytes3` currency is signed as a string,
/// so that a wallet shows "CNY". Mirrored by `ledger/agreements.py`; both are held to the vectors
/// in `tests/vectors/agreements.json`.
library Agreements {
    bytes32 internal constant ENROLMENT = keccak256(
        "Enrolment(string identifier,uint32 roles,address[] signers,uint8 quorum,uint64 dualAbove,uint64 validUntil)"
    );
    bytes32 internal constant AMENDMENT = keccak256(
        "Amendment(uint32 party,uint32 version,uint32 roles,bool active,address[] added,address[] removed,"
        "uint8 quorum,uint64 dualAbove,uint64 validUntil)"
    );
    bytes32 internal constant CONSTITUTION =
        keccak256("Constitution(uint32 epoch,address[] members,uint8 quorum,uint64 validUntil)");
    bytes32 internal constant POLICY_CHANGE =
        keccak256("PolicyChange(address policy,bool authorised,uint32 version,uint64 validUntil)");
    bytes32 internal constant ORACLE_CONFIG =
        keccak256("OracleConfig(uint32 epoch,address[] members,uint8 quorum,uint64 validUntil)");
    bytes32 internal constant VALIDATOR_CHANGE =
        keccak256("ValidatorChange(bytes32 key,uint32 party,uint64 power,uint32 version,uint64 validUntil)");
    bytes32 internal constant PAYMENT = keccak256(
        "Payment(bytes32 config,bytes32 line,bytes32 subject,string currency,uint64 amount,uint32 bookedOn)"
    );
    bytes32 internal constant INVOICE_USE =
        keccak256("InvoiceUse(bytes32 fingerprint,uint64 total,uint64 amount,uint32 version)");
    bytes32 internal constant ISSUE = keccak256(
        "Issue(uint32 debtor,uint32 creditor,string currency,uint64 face,uint32 maturity,InvoiceUse[] invoices,"
        "bytes32 documents,uint64 validUntil)"
        "InvoiceUse(bytes32 fingerprint,uint64 total,uint64 amount,uint32 version)"
    );
    bytes32 internal constant TRANSFER = keccak256(
        "Transfer(uint32 claim,uint64 lot,uint32 version,uint64 start,uint64 end,uint32 holder,uint32 recipient,"
        "bytes32 documents,uint64 validUntil)"
    );
    bytes32 internal constant MERGE = keccak256(
        "Merge(uint32 claim,uint64 left,uint32 leftVersion,uint64 right,uint32 rightVersion,uint32 holder,"
        "uint64 validUntil)"
    );

    bytes32 internal constant REMITTANCE =
        keccak256("Remittance(bytes32 config,bytes32 line,bytes32 commitment,uint32 bookedOn)");
    bytes32 internal constant FINANCE = keccak256(
        "Finance(uint32 claim,uint64 lot,uint32 version,uint64 start,uint64 end,uint32 seller,uint32 bank,uint8 mode,"
        "bytes32 terms,bytes32 advance,uint64 payBy,uint32 dueOn,bytes32 rules,bytes32 registration,"
        "bytes32 documents,uint64 validUntil)"
    );
    bytes32 internal constant RESCISSION = keccak256("Rescission(bytes32 commitment,uint64 validUntil)");
    bytes32 internal constant BUY_BACK = keccak256(
        "BuyBack(bytes32 deal,uint32 claim,uint64 lot,uint32 version,uint64 start,uint64 end,bytes32 commitment,"
        "uint64 payBy,uint64 validUntil)"
    );
    bytes32 internal constant DEMAND = keccak256("Demand(bytes32 deal,uint64 lot,uint32 version,uint64 validUntil)");
    bytes32 internal constant SURPLUS = keccak256("Surplus(bytes32 deal,bytes32 commitment,uint64 validUntil)");
    bytes32 internal constant REPAYMENT =
        keccak256("Repayment(bytes32 deal,bytes32 commitment,uint64 payBy,uint64 validUntil)");
    bytes32 internal constant ENFORCEMENT = keccak256("Enforcement(bytes32 deal,uint64 validUntil)");
    bytes32 internal constant REGISTRATION = keccak256(
        "Registration(bytes32 config,uint32 claim,uint64 start,uint64 end,uint32 bank,bytes32 number,"
        "uint64 registeredAt,uint32 expiresOn)"
    );
    bytes32 internal constant ORDER =
        keccak256("Order(uint32 claim,uint64 lot,uint32 version,bool freeze,bytes32 evidence,uint64 validUntil)");
    bytes32 internal constant RECOVERY = keccak256(
        "Recovery(uint32 claim,uint64 lot,uint32 version,uint32 holder,uint32 successor,bytes32 evidence,"
        "uint64 validUntil)"
    );

    function hash(Enrolment calldata a) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                ENROLMENT, keccak256(bytes(a.identifier)), a.roles, _hash(a.signers), a.quorum, a.dualAbove, a.validUntil
            )
        );
    }

    function hash(Amendment calldata a) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                AMENDMENT,
                a.party,
                a.version,
                a.roles,
                a.active,
                _hash(a.added),
                _hash(a.removed),
                a.quorum,
                a.dualAbove,
                a.validUntil
            )
        );
    }

    function hash(Constitution memory a) internal pure returns (bytes32) {
        return keccak256(abi.encode(CONSTITUTION, a.epoch, _hash(a.members), a.quorum, a.validUntil));
    }

    function hash(PolicyChange calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(POLICY_CHANGE, a.policy, a.authorised, a.version, a.validUntil));
    }

    function hash(OracleConfig calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(ORACLE_CONFIG, a.epoch, _hash(a.members), a.quorum, a.validUntil));
    }

    function hash(ValidatorChange calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(VALIDATOR_CHANGE, a.key, a.party, a.power, a.version, a.validUntil));
    }

    function hash(Payment calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(PAYMENT, a.config, a.line, a.subject, _hash(a.currency), a.amount, a.bookedOn));
    }

    function hash(Issue memory a) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                ISSUE,
                a.debtor,
                a.creditor,
                _hash(a.currency),
                a.face,
                a.maturity,
                _hash(a.invoices),
                a.documents,
                a.validUntil
            )
        );
    }

    function hash(Transfer memory a) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                TRANSFER,
                a.claim,
                a.lot,
                a.version,
                a.start,
                a.end,
                a.holder,
                a.recipient,
                a.documents,
                a.validUntil
            )
        );
    }

    function hash(Merge memory a) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(MERGE, a.claim, a.left, a.leftVersion, a.right, a.rightVersion, a.holder, a.validUntil)
        );
    }

    // Structs of single words only: ABI encoding and EIP-712's agree on them.

    function hash(Remittance calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(REMITTANCE, a));
    }

    function hash(Finance calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(FINANCE, a));
    }

    function hash(Rescission calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(RESCISSION, a));
    }

    function hash(BuyBack calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(BUY_BACK, a));
    }

    function hash(Demand calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(DEMAND, a));
    }

    function hash(Surplus calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(SURPLUS, a));
    }

    function hash(Repayment calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(REPAYMENT, a));
    }

    function hash(Enforcement calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(ENFORCEMENT, a));
    }

    function hash(Registration calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(REGISTRATION, a));
    }

    function hash(Order calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(ORDER, a));
    }

    function hash(Recovery calldata a) internal pure returns (bytes32) {
        return keccak256(abi.encode(RECOVERY, a));
    }

    function _hash(address[] memory accounts) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(accounts));
    }

    function _hash(bytes3 currency) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(currency));
    }

    function _hash(InvoiceUse[] memory uses) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](uses.length);
        for (uint256 i = 0; i < uses.length; i++) {
            InvoiceUse memory u = uses[i];
            hashes[i] = keccak256(abi.encode(INVOICE_USE, u.fingerprint, u.total, u.amount, u.version));
        }
        return keccak256(abi.encodePacked(hashes));
    }
}
