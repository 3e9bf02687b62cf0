// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {Amendment, Constitution, Enrolment, IRegistry, Party, PolicyChange} from "./interfaces/IRegistry.sol";
import {Agreements} from "./libraries/Agreements.sol";
import {Approvals} from "./libraries/Approvals.sol";

/// @dev See {IRegistry}.
contract Registry is IRegistry, EIP712 {
    using Approvals for bytes[];

    uint256 private constant MAX_IDENTIFIER = 256;
    bytes1 private constant FIRST_PRINTABLE = 0x20;
    bytes1 private constant DELETE = 0x7f;

    ILedger public immutable ledger;
    uint64 public immutable policyDelay;

    uint32 public partyCount;
    uint32 public councilEpoch;
    uint8 public councilQuorum;
    mapping(uint32 party => Party) private _parties;
    mapping(address signer => uint32) public partyOf;
    mapping(bytes32 identifierHash => uint32) public numberOf;
    mapping(address member => uint32) private _councilSince;
    mapping(address policy => uint32) public policyVersion;
    mapping(address policy => uint64) public policyReadyAt;
    mapping(address policy => bytes32) private _scheduled;

    /// The founding council seats itself; everything after needs the council's approvals.
    constructor(ILedger ledger_, uint64 policyDelay_, address[] memory council, uint8 quorum)
        EIP712("Yuanliu", "1")
    {
        ledger = ledger_;
        policyDelay = policyDelay_;
        Constitution memory act = Constitution(1, council, quorum, type(uint64).max);
        _seat(act);
        ledger_.note(_digest(Agreements.hash(act)), new uint256[](0), abi.encodeCall(IRegistry.constitute, (act, new bytes[](0))));
    }

    function enrol(Enrolment calldata act, bytes[] calldata council) external returns (uint32 number) {
        bytes32 digest = _decided(Agreements.hash(act), act.validUntil, council);
        _requireIdentifier(act.identifier);
        bytes32 key = keccak256(bytes(act.identifier));
        if (numberOf[key] != 0) revert AlreadyEnrolled(act.identifier, numberOf[key]);
        number = ++partyCount;
        numberOf[key] = number;
        _admit(number, act.signers);
        _requireQuorum(act.quorum, act.signers.length);
        _parties[number] = Party(1, act.roles, true, act.quorum, uint8(act.signers.length), act.dualAbove);
        _note(number, digest, abi.encodeCall(IRegistry.enrol, (act, council)));
    }

    function amend(Amendment calldata act, bytes[] calldata council) external {
        bytes32 digest = _decided(Agreements.hash(act), act.validUntil, council);
        Party memory current = party(act.party);
        if (current.version != act.version) revert PartyChanged(act.party, act.version, current.version);
        _dismiss(act.party, act.removed);
        _admit(act.party, act.added);
        uint256 signers = uint256(current.signers) + act.added.length - act.removed.length;
        _requireQuorum(act.quorum, signers);
        _parties[act.party] =
            Party(act.version + 1, act.roles, act.active, act.quorum, uint8(signers), act.dualAbove);
        _note(act.party, digest, abi.encodeCall(IRegistry.amend, (act, council)));
    }

    function constitute(Constitution calldata act, bytes[] calldata council) external {
        bytes32 digest = _decided(Agreements.hash(act), act.validUntil, council);
        _seat(act);
        ledger.note(digest, new uint256[](0), abi.encodeCall(IRegistry.constitute, (act, council)));
    }

    function changePolicy(PolicyChange calldata act, bytes[] calldata council) external {
        bytes32 digest = _decided(Agreements.hash(act), act.validUntil, council);
        uint32 version = policyVersion[act.policy];
        if (version != act.version) revert PolicyVersionStale(act.policy, act.version, version);
        policyVersion[act.policy] = version + 1;
        bytes memory memo = abi.encodeCall(IRegistry.changePolicy, (act, council));
        if (act.authorised) {
            uint64 readyAt = uint64(block.timestamp) + policyDelay;
            policyReadyAt[act.policy] = readyAt;
            _scheduled[act.policy] = digest;
            emit PolicyScheduled(act.policy, readyAt);
            ledger.note(digest, new uint256[](0), memo);
        } else {
            policyReadyAt[act.policy] = 0;
            ledger.setPolicy(act.policy, false, digest, memo);
        }
    }

    function enactPolicy(address policy) external {
        uint64 readyAt = policyReadyAt[policy];
        // Zero means not scheduled: a moment nobody can steer a clock to.
        // slither-disable-next-line incorrect-equality
        if (readyAt == 0 || block.timestamp < readyAt) revert PolicyNotReady(policy, readyAt);
        policyReadyAt[policy] = 0;
        ledger.setPolicy(policy, true, _scheduled[policy], abi.encodeCall(IRegistry.enactPolicy, (policy)));
    }

    function requireConsent(uint32 number, bytes32 digest, uint64 amount, bytes[] calldata approvals) external view {
        _requireConsent(number, digest, amount, approvals);
    }

    function requireConsents(
        bytes32 digest,
        uint64 amount,
        uint32 one,
        bytes[] calldata oneApprovals,
        uint32 other,
        bytes[] calldata otherApprovals
    ) external view {
        _requireConsent(one, digest, amount, oneApprovals);
        _requireConsent(other, digest, amount, otherApprovals);
    }

    function requireCouncil(bytes32 digest, bytes[] calldata approvals) public view {
        if (approvals.length < councilQuorum) revert ApprovalsMissing(approvals.length, councilQuorum);
        address signer = address(0);
        for (uint256 i = 0; i < approvals.length; i++) {
            signer = approvals.signerAt(i, digest, signer);
            if (!isCouncil(signer)) revert NotCouncil(signer);
        }
    }

    function requireRole(uint32 number, uint32 role) external view {
        Party memory p = party(number);
        if (!p.active) revert PartyNotActive(number);
        if (p.roles & role != role) revert RoleMissing(number, role);
    }

    function party(uint32 number) public view returns (Party memory p) {
        p = _parties[number];
        if (p.version == 0) revert UnknownParty(number);
    }

    function isCouncil(address member) public view returns (bool) {
        return _councilSince[member] == councilEpoch;
    }

    function _requireConsent(uint32 number, bytes32 digest, uint64 amount, bytes[] calldata approvals) private view {
        Party storage p = _parties[number];
        if (!p.active) {
            if (p.version == 0) revert UnknownParty(number);
            revert PartyNotActive(number);
        }
        uint256 needed = amount > p.dualAbove ? p.quorum : 1;
        if (approvals.length < needed) revert ApprovalsMissing(approvals.length, needed);
        address signer = address(0);
        for (uint256 i = 0; i < approvals.length; i++) {
            signer = approvals.signerAt(i, digest, signer);
            if (partyOf[signer] != number) revert NotSigner(number, signer);
        }
    }

    function _decided(bytes32 structHash, uint64 validUntil, bytes[] calldata council)
        private
        view
        returns (bytes32 digest)
    {
        if (block.timestamp > validUntil) revert Expired(validUntil);
        digest = _digest(structHash);
        requireCouncil(digest, council);
    }

    function _digest(bytes32 structHash) private view returns (bytes32) {
        return _hashTypedDataV4(structHash);
    }

    function _note(uint32 number, bytes32 digest, bytes memory memo) private {
        uint256[] memory words = new uint256[](1);
        words[0] = number;
        ledger.note(digest, words, memo);
    }

    function _seat(Constitution memory act) private {
        if (act.epoch != councilEpoch + 1) revert WrongEpoch(act.epoch, councilEpoch + 1);
        _requireQuorum(act.quorum, act.members.length);
        councilEpoch = act.epoch;
        councilQuorum = act.quorum;
        for (uint256 i = 0; i < act.members.length; i++) {
            address member = act.members[i];
            if (member == address(0) || isCouncil(member)) revert SignerTaken(member, 0);
            _councilSince[member] = act.epoch;
        }
    }

    function _admit(uint32 number, address[] calldata signers) private {
        for (uint256 i = 0; i < signers.length; i++) {
            address signer = signers[i];
            if (signer == address(0) || partyOf[signer] != 0) revert SignerTaken(signer, partyOf[signer]);
            partyOf[signer] = number;
        }
    }

    function _dismiss(uint32 number, address[] calldata signers) private {
        for (uint256 i = 0; i < signers.length; i++) {
            if (partyOf[signers[i]] != number) revert SignerUnknown(signers[i], number);
            delete partyOf[signers[i]];
        }
    }

    function _requireIdentifier(string calldata identifier) private pure {
        bytes calldata text = bytes(identifier);
        bool sound = text.length > 0 && text.length <= MAX_IDENTIFIER;
        for (uint256 i = 0; sound && i < text.length; i++) {
            sound = text[i] >= FIRST_PRINTABLE && text[i] != DELETE;
        }
        if (!sound) revert MalformedIdentifier();
    }

    function _requireQuorum(uint256 quorum, uint256 signers) private pure {
        if (quorum == 0 || quorum > signers || signers > type(uint8).max) revert InvalidQuorum(quorum, signers);
    }
}
