// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ILedger} from "./interfaces/ILedger.sol";
import {IRegistry, Party, Roles} from "./interfaces/IRegistry.sol";
import {IValidators, MAX_TOTAL_POWER, Validator, ValidatorChange} from "./interfaces/IValidators.sol";
import {Agreements} from "./libraries/Agreements.sol";

/// @dev See {IValidators}.
contract Validators is IValidators, EIP712 {
    uint32 private constant OPERATORS = Roles.CORE_ENTERPRISE | Roles.BANK | Roles.REGULATOR;

    ILedger public immutable ledger;
    IRegistry public immutable registry;

    uint64 public totalPower;
    bytes32[] private _keys;
    mapping(bytes32 key => Validator) private _validators;
    mapping(bytes32 key => uint256) private _positions;

    constructor(ILedger ledger_, IRegistry registry_) EIP712("Yuanliu", "1") {
        ledger = ledger_;
        registry = registry_;
    }

    function changeValidator(ValidatorChange calldata act, bytes[] calldata council) external {
        if (block.timestamp > act.validUntil) revert IRegistry.Expired(act.validUntil);
        bytes32 digest = _hashTypedDataV4(Agreements.hash(act));
        registry.requireCouncil(digest, council);
        Validator memory current = _validators[act.key];
        _requireFit(act, current);
        if (act.power != 0) _requireOperator(act.party);
        if (current.power == 0) _add(act.key);
        if (act.power == 0) _remove(act.key);
        totalPower = totalPower - current.power + act.power;
        _validators[act.key] = Validator(act.party, act.power, act.version + 1);
        ledger.note(digest, new uint256[](0), abi.encodeCall(IValidators.changeValidator, (act, council)));
    }

    function validator(bytes32 key) external view returns (Validator memory) {
        return _validators[key];
    }

    function validatorCount() external view returns (uint256) {
        return _keys.length;
    }

    function getKeys() external view returns (bytes32[] memory) {
        return _keys;
    }

    function getValidators() external view returns (address[] memory addresses) {
        uint256 count = _keys.length;
        if (count == 0 || !_isAddress(_keys[0])) return addresses;
        addresses = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            addresses[i] = address(uint160(uint256(_keys[i])));
        }
    }

    function _requireFit(ValidatorChange calldata act, Validator memory current) private view {
        if (act.key == bytes32(0)) revert ZeroKey();
        if (act.version != current.version) revert ValidatorChanged(act.key, act.version, current.version);
        if (act.power == current.power) revert NothingChanged(act.key, act.power);
        if (current.power != 0 && act.party != current.party) {
            revert ValidatorOfAnother(act.key, act.party, current.party);
        }
        uint64 free = MAX_TOTAL_POWER - (totalPower - current.power);
        if (act.power > free) revert PowerTooLarge(act.power, free);
    }

    function _requireOperator(uint32 number) private view {
        Party memory party = registry.party(number);
        if (!party.active) revert IRegistry.PartyNotActive(number);
        if (party.roles & OPERATORS == 0) revert IRegistry.RoleMissing(number, OPERATORS);
    }

    /// One engine, one kind of key: a stray one would count here and be missing there.
    function _add(bytes32 key) private {
        if (_keys.length != 0 && _isAddress(_keys[0]) != _isAddress(key)) revert KeyOfAnotherKind(key);
        _positions[key] = _keys.length;
        _keys.push(key);
    }

    function _remove(bytes32 key) private {
        if (_keys.length == 1) revert LastValidator(key);
        bytes32 moved = _keys[_keys.length - 1];
        _positions[moved] = _positions[key];
        _keys[_positions[key]] = moved;
        _keys.pop();
    }

    function _isAddress(bytes32 key) private pure returns (bool) {
        return uint256(key) >> 160 == 0;
    }
}
