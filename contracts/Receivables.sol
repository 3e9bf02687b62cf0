// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAttestations, Payment} from "./interfaces/IAttestations.sol";
import {Claim, ILedger, Lot, LotRef, MAX_AMOUNT} from "./interfaces/ILedger.sol";
import {InvoiceUse, IReceivables, Issue, Merge, Transfer} from "./interfaces/IReceivables.sol";
import {IRegistry, Roles} from "./interfaces/IRegistry.sol";
import {Agreements} from "./libraries/Agreements.sol";
import {Currencies} from "./libraries/Currencies.sol";
import {Dates} from "./libraries/Dates.sol";
import {Words} from "./libraries/Words.sol";

/// @dev See {IReceivables}.
contract Receivables is IReceivables, EIP712 {
    struct Invoice {
        uint64 total;
        uint64 used;
        bytes3 currency;
        uint32 version;
    }

    ILedger public immutable ledger;
    IRegistry public immutable registry;
    IAttestations public immutable attestations;

    mapping(bytes32 fingerprint => Invoice) public invoiceOf;

    constructor(ILedger ledger_, IRegistry registry_, IAttestations attestations_) EIP712("Yuanliu", "1") {
        ledger = ledger_;
        registry = registry_;
        attestations = attestations_;
    }

    function issue(Issue memory act, bytes[] calldata debtor, bytes[] calldata creditor)
        public
        returns (uint32 claim)
    {
        _requireInTime(act.validUntil);
        if (act.debtor == act.creditor) revert SelfDealing(act.debtor);
        Dates.requireValid(act.maturity);
        Currencies.requireValid(act.currency);
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        registry.requireRole(act.debtor, Roles.CORE_ENTERPRISE);
        registry.requireConsents(digest, act.face, act.debtor, debtor, act.creditor, creditor);
        _useInvoices(act);
        return ledger.open(
            Claim(act.debtor, act.currency, act.maturity, act.face),
            act.creditor,
            digest,
            abi.encodeCall(IReceivables.issue, (act, debtor, creditor))
        );
    }

    function transfer(Transfer memory act, bytes[] calldata holder, bytes[] calldata recipient) public {
        _requireInTime(act.validUntil);
        if (act.holder == act.recipient) revert SelfDealing(act.holder);
        if (act.start >= act.end) revert ILedger.ZeroAmount();
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        registry.requireConsents(digest, act.end - act.start, act.holder, holder, act.recipient, recipient);
        ledger.move(
            LotRef(act.claim, act.lot, act.version),
            act.start,
            act.end,
            act.holder,
            act.recipient,
            digest,
            abi.encodeCall(IReceivables.transfer, (act, holder, recipient))
        );
    }

    function merge(Merge memory act, bytes[] calldata holder) public {
        _requireInTime(act.validUntil);
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        uint64 end = ledger.lotAt(act.claim, act.right).end;
        if (end <= act.left) revert ILedger.NotAdjacent(act.left, act.right);
        registry.requireConsent(act.holder, digest, end - act.left, holder);
        ledger.merge(
            LotRef(act.claim, act.left, act.leftVersion),
            LotRef(act.claim, act.right, act.rightVersion),
            act.holder,
            digest,
            abi.encodeCall(IReceivables.merge, (act, holder))
        );
    }

    function settle(Payment calldata payment, bytes[] calldata oracles) external {
        Dates.requireValid(payment.bookedOn);
        LotRef memory ref = Words.toLotRef(payment.subject);
        // The upper half is left for subjects of other kinds: a lot has one subject only.
        if (Words.subject(ref) != payment.subject) revert UnknownSubject(payment.subject);
        Lot memory lot = ledger.lotAt(ref.claim, ref.start);
        bytes3 currency = ledger.claimOf(ref.claim).currency;
        if (payment.currency != currency) revert CurrencyMismatch(payment.currency, currency);
        uint64 length = lot.end - lot.start;
        uint64 amount = payment.amount < length ? payment.amount : length;
        bytes32 digest = attestations.allocate(payment, oracles, amount);
        ledger.discharge(ref, amount, digest, abi.encodeCall(IReceivables.settle, (payment, oracles)));
    }

    function _useInvoices(Issue memory act) private {
        uint256 invoiced = 0;
        for (uint256 i = 0; i < act.invoices.length; i++) {
            _use(act.invoices[i], act.currency);
            invoiced += act.invoices[i].amount;
        }
        if (invoiced != act.face) revert InvoicesDoNotCover(act.face, invoiced);
    }

    function _use(InvoiceUse memory use, bytes3 currency) private {
        if (use.amount == 0) revert ILedger.ZeroAmount();
        if (use.total > MAX_AMOUNT) revert ILedger.AmountTooLarge(use.total);
        Invoice memory known = invoiceOf[use.fingerprint];
        if (known.version != use.version) {
            revert InvoiceVersionStale(use.fingerprint, use.version, known.version);
        }
        if (known.version != 0 && (known.total != use.total || known.currency != currency)) {
            revert InvoiceMismatch(use.fingerprint, known.total, known.currency);
        }
        uint64 free = use.total - known.used;
        if (use.amount > free) revert InvoiceOverused(use.fingerprint, free, use.amount);
        invoiceOf[use.fingerprint] = Invoice(use.total, known.used + use.amount, currency, known.version + 1);
    }

    function _requireInTime(uint64 validUntil) private view {
        if (block.timestamp > validUntil) revert IRegistry.Expired(validUntil);
    }
}
