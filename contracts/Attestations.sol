// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAttestations, OracleConfig, Payment, Remittance} from "./interfaces/IAttestations.sol";
import {ILedger, MAX_AMOUNT} from "./interfaces/ILedger.sol";
import {IRegistry} from "./interfaces/IRegistry.sol";
import {Agreements} from "./libraries/Agreements.sol";
import {Approvals} from "./libraries/Approvals.sol";

/// @dev See {IAttestations}.
contract Attestations is IAttestations, EIP712 {
    using Approvals for bytes[];

    struct Allocation {
        uint64 amount;
        uint64 allocated;
    }

    /// In the place of an amount that only the parties know; no payment can be as large.
    uint64 private constant REMITTED = type(uint64).max;

    ILedger public immutable ledger;
    IRegistry public immutable registry;

    bytes32 public config;
    uint32 public epoch;
    uint8 public quorum;
    mapping(address member => uint32) public memberSince;
    mapping(bytes32 line => Allocation) public paymentOf;
    mapping(bytes32 line => mapping(address member => bool)) public equivocated;

    constructor(ILedger ledger_, IRegistry registry_) EIP712("Yuanliu", "1") {
        ledger = ledger_;
        registry = registry_;
    }

    function configure(OracleConfig calldata act, bytes[] calldata council) external {
        if (block.timestamp > act.validUntil) revert IRegistry.Expired(act.validUntil);
        if (act.epoch != epoch + 1) revert IRegistry.WrongEpoch(act.epoch, epoch + 1);
        if (act.quorum == 0 || act.quorum > act.members.length) {
            revert IRegistry.InvalidQuorum(act.quorum, act.members.length);
        }
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        registry.requireCouncil(digest, council);
        epoch = act.epoch;
        quorum = act.quorum;
        config = digest;
        for (uint256 i = 0; i < act.members.length; i++) {
            address member = act.members[i];
            if (member == address(0) || memberSince[member] == act.epoch) revert IRegistry.SignerTaken(member, 0);
            memberSince[member] = act.epoch;
        }
        ledger.note(digest, new uint256[](0), abi.encodeCall(IAttestations.configure, (act, council)));
    }

    function allocate(Payment calldata payment, bytes[] calldata approvals, uint64 amount)
        external
        returns (bytes32 digest)
    {
        if (!ledger.isPolicy(msg.sender)) revert ILedger.NotPolicy(msg.sender);
        if (payment.amount > MAX_AMOUNT) revert ILedger.AmountTooLarge(payment.amount);
        digest = _witnessed(payment.config, Agreements.hash(payment), approvals);
        Allocation memory a = paymentOf[payment.line];
        if (a.amount == REMITTED) revert LineUsed(payment.line);
        if (a.amount != 0 && a.amount != payment.amount) {
            revert PaymentContradicted(payment.line, payment.amount, a.amount);
        }
        uint64 free = payment.amount - a.allocated;
        if (amount > free) revert PaymentOverallocated(payment.line, free, amount);
        paymentOf[payment.line] = Allocation(payment.amount, a.allocated + amount);
    }

    function remit(Remittance calldata fact, bytes[] calldata approvals) external returns (bytes32 digest) {
        if (!ledger.isPolicy(msg.sender)) revert ILedger.NotPolicy(msg.sender);
        digest = _witnessed(fact.config, Agreements.hash(fact), approvals);
        if (paymentOf[fact.line].allocated != 0) revert LineUsed(fact.line);
        paymentOf[fact.line] = Allocation(REMITTED, REMITTED);
    }

    function requireWitnesses(bytes32 config_, bytes32 structHash, bytes[] calldata approvals)
        external
        view
        returns (bytes32)
    {
        return _witnessed(config_, structHash, approvals);
    }

    function recordEquivocation(
        Payment calldata one,
        bytes calldata oneApproval,
        Payment calldata other,
        bytes calldata otherApproval
    ) external {
        bytes32 oneDigest = _digestInForce(one.config, Agreements.hash(one));
        bytes32 otherDigest = _digestInForce(other.config, Agreements.hash(other));
        if (one.line != other.line || oneDigest == otherDigest) revert NoContradiction();
        address member = Approvals.recover(oneApproval, oneDigest, 0);
        if (memberSince[member] != epoch) revert NotMember(member, epoch);
        if (Approvals.recover(otherApproval, otherDigest, 1) != member) revert NoContradiction();
        if (equivocated[one.line][member]) revert AlreadyRecorded(one.line, member);
        equivocated[one.line][member] = true;
        ledger.note(
            keccak256(abi.encode(one.line, member)),
            new uint256[](0),
            abi.encodeCall(IAttestations.recordEquivocation, (one, oneApproval, other, otherApproval))
        );
    }

    function _witnessed(bytes32 config_, bytes32 structHash, bytes[] calldata approvals)
        private
        view
        returns (bytes32 digest)
    {
        digest = _digestInForce(config_, structHash);
        (uint32 current, uint8 needed) = (epoch, quorum);
        if (approvals.length < needed) revert IRegistry.ApprovalsMissing(approvals.length, needed);
        address member = address(0);
        for (uint256 i = 0; i < approvals.length; i++) {
            member = approvals.signerAt(i, digest, member);
            if (memberSince[member] != current) revert NotMember(member, current);
        }
    }

    function _digestInForce(bytes32 config_, bytes32 structHash) private view returns (bytes32) {
        if (epoch == 0 || config_ != config) revert WrongConfig(config_, config);
        return _hashTypedDataV4(structHash);
    }
}
