//! Rules: what facts mean. Rules never parse.
//!
//! To add one: a file in `rules/` with a `pub static RULE`, and a line in [`RULES`]. The documentation page, the SARIF
//! metadata, the demo and the test of its examples are derived from it.

pub mod adapter_foreign_tensor;
mod address;
pub mod address_capture_service;
pub mod address_cloud_metadata;
pub mod address_hidden_host;
pub mod address_network_share;
pub mod address_raw;
pub mod address_wallet;
pub mod archive_bomb;
pub mod archive_broken;
pub mod archive_checksum;
pub mod archive_deceptive_name;
pub mod archive_duplicate_name;
pub mod archive_encrypted;
pub mod archive_header_mismatch;
pub mod archive_hidden_member;
pub mod archive_hole;
pub mod archive_leading_bytes;
pub mod archive_link_escape;
pub mod archive_odd_header;
pub mod archive_overlap;
pub mod archive_path_escape;
pub mod archive_setuid;
pub mod archive_special_member;
pub mod archive_trailing_data;
pub mod card_config_contradiction;
pub mod card_section_missing;
pub mod card_vague;
mod command;
pub mod command_decodes_and_runs;
pub mod command_installs_floating;
pub mod command_opens_shell;
pub mod command_persists;
pub mod command_reads_secrets;
pub mod command_removes_or_overwrites;
pub mod command_runs_download;
pub mod command_unchecked_transport;
pub mod config_absolute_path;
pub mod config_custom_pipeline;
pub mod config_hub_kernel;
pub mod config_instantiates;
mod config_key;
pub mod config_module_outside;
pub mod config_path_escape;
pub mod config_reads_environment;
pub mod config_remote_code;
pub mod config_trusts_remote_code;
pub mod config_url;
pub mod disguised_file;
pub mod embedded_program;
mod findings;
pub mod git_runs_command;
pub mod hdf5_external_data;
pub mod header_bad_count;
pub mod header_bad_value;
pub mod header_checksum;
pub mod header_duplicate_key;
pub mod header_too_deep;
pub mod header_too_long;
pub mod header_unreadable;
pub mod image_adds_remote;
pub mod image_bakes_model;
pub mod image_blob_mismatch;
pub mod image_floating;
pub mod image_privileged;
pub mod image_runs_as_root;
pub mod image_secret_in_layer;
pub mod json_broken;
pub mod json_duplicate_key;
mod judge;
pub mod keras_extra_member;
pub mod layer_carries_code;
pub mod layer_reads_files;
pub mod licence_base_flows;
pub mod licence_conflict;
pub mod licence_missing;
pub mod licence_open_without_data;
pub mod licence_restricts_use;
pub mod licence_unclear;
pub mod link_escape;
pub mod llamafile_arguments;
pub mod lua_function;
pub mod metadata_active_content;
pub mod metadata_local_path;
pub mod model_reference_floating;
pub mod model_reference_trusts_code;
pub mod name_content_mismatch;
pub mod notebook_active_output;
pub mod notebook_kernel_command;
pub mod numpy_object_array;
pub mod object_outside_library;
pub mod opens_and_runs;
mod operator;
pub mod operator_carries_program;
pub mod operator_opens_network;
pub mod operator_reaches_files;
pub mod operator_runs_code;
pub mod operator_unknown;
mod package;
pub mod package_carries_source;
pub mod package_direct_url;
pub mod package_extra_index;
pub mod package_from_path_outside;
pub mod package_install_script;
pub mod package_list_unread;
pub mod package_lock_disagrees;
pub mod package_lookalike;
pub mod package_repository_floating;
pub mod package_unchecked_index;
pub mod package_unhashed;
pub mod package_unpinned;
pub mod pickle_broken;
pub mod pickle_carries_code;
pub mod pickle_computed_import;
pub mod pickle_expansion;
pub mod pickle_extension_code;
pub mod pickle_fills_object;
pub mod pickle_frame_mismatch;
pub mod pickle_hidden_opcodes;
pub mod pickle_native_code;
pub mod pickle_nested_load;
pub mod pickle_odd_protocol;
pub mod pickle_opens_network;
pub mod pickle_persistent_id;
pub mod pickle_reads_files;
pub mod pickle_rebinds_attributes;
pub mod pickle_resolves_names;
pub mod pickle_runs_code;
pub mod pickle_starts_process;
pub mod pickle_touches_process;
pub mod pickle_trailing_data;
pub mod pickle_unknown_import;
pub mod pickle_writes_files;
pub mod pipeline_component_missing;
pub mod pmml_script;
pub mod polyglot_file;
pub mod r_deferred_code;
pub mod r_outside_object;
pub(crate) mod reach;
pub mod reference_escape;
pub mod reference_missing;
pub mod reference_native_library;
pub mod reference_out_of_bounds;
mod rule;
mod secret;
pub mod secret_credential;
pub mod secret_file;
pub mod secret_password;
pub mod secret_service_key;
pub mod secret_webhook;
pub mod shard_contradiction;
pub mod shard_missing;
pub mod shard_path_escape;
pub mod skops_loader_mismatch;
mod source;
pub mod source_computed_import;
pub mod source_decodes_and_runs;
pub mod source_encoded_text;
pub mod source_install_code;
pub mod source_installs_packages;
pub mod source_invisible_text;
pub mod source_native_code;
pub mod source_obscured_names;
pub mod source_opens_network;
pub mod source_persistence;
pub mod source_remote_code;
pub mod source_runs_code;
pub mod source_sends_secrets;
pub mod source_starts_process;
pub mod source_unparsed;
pub mod source_unsafe_load;
pub mod storage_contradiction;
pub mod template_active_output;
pub mod template_expensive;
pub mod template_hidden_instruction;
pub mod template_import;
pub mod template_invisible_text;
pub mod template_sandbox_escape;
pub mod template_trigger_phrase;
pub mod template_unknown_call;
pub mod template_unparsed;
pub mod tensor_config_mismatch;
pub mod tensor_hole;
pub mod tensor_misaligned;
pub mod tensor_order;
pub mod tensor_out_of_bounds;
pub mod tensor_overlap;
pub mod tensor_size_mismatch;
pub mod tensor_trailing_bytes;
pub mod tensor_unknown_type;
mod terms;
pub mod torch_header_program;
pub mod torchscript_constant_address;
pub mod torchscript_foreign_code;
pub mod torchserve_manifest;
pub mod tree_contradiction;
pub mod weights_duplicate_tensor;
pub mod weights_hidden_payload;
pub mod weights_mixed_types;
pub mod weights_not_finite;
pub mod weights_odd_entropy;
pub mod weights_outlier_neuron;
pub mod weights_zero_tensor;
pub mod workflow_broad_permissions;
pub mod workflow_floating_action;
pub mod workflow_script_injection;
pub mod xml_document_type;
pub mod yaml_object_tag;
pub mod yaml_unparsed;
pub mod yara_match;

pub use self::findings::Findings;
pub(crate) use self::judge::{judge_file, judge_folder, judge_scan};
pub use self::rule::{Check, Example, Light, Rule};
use crate::text;

/// Every rule, in alphabetical order of the ids.
pub static RULES: &[&Rule] = &[
    &adapter_foreign_tensor::RULE,
    &address_capture_service::RULE,
    &address_cloud_metadata::RULE,
    &address_hidden_host::RULE,
    &address_network_share::RULE,
    &address_raw::RULE,
    &address_wallet::RULE,
    &archive_bomb::RULE,
    &archive_broken::RULE,
    &archive_checksum::RULE,
    &archive_deceptive_name::RULE,
    &archive_duplicate_name::RULE,
    &archive_encrypted::RULE,
    &archive_header_mismatch::RULE,
    &archive_hidden_member::RULE,
    &archive_hole::RULE,
    &archive_leading_bytes::RULE,
    &archive_link_escape::RULE,
    &archive_odd_header::RULE,
    &archive_overlap::RULE,
    &archive_path_escape::RULE,
    &archive_setuid::RULE,
    &archive_special_member::RULE,
    &archive_trailing_data::RULE,
    &card_config_contradiction::RULE,
    &card_section_missing::RULE,
    &card_vague::RULE,
    &command_decodes_and_runs::RULE,
    &command_installs_floating::RULE,
    &command_opens_shell::RULE,
    &command_persists::RULE,
    &command_reads_secrets::RULE,
    &command_removes_or_overwrites::RULE,
    &command_runs_download::RULE,
    &command_unchecked_transport::RULE,
    &config_absolute_path::RULE,
    &config_custom_pipeline::RULE,
    &config_hub_kernel::RULE,
    &config_instantiates::RULE,
    &config_module_outside::RULE,
    &config_path_escape::RULE,
    &config_reads_environment::RULE,
    &config_remote_code::RULE,
    &config_trusts_remote_code::RULE,
    &config_url::RULE,
    &disguised_file::RULE,
    &embedded_program::RULE,
    &git_runs_command::RULE,
    &hdf5_external_data::RULE,
    &header_bad_count::RULE,
    &header_bad_value::RULE,
    &header_checksum::RULE,
    &header_duplicate_key::RULE,
    &header_too_deep::RULE,
    &header_too_long::RULE,
    &header_unreadable::RULE,
    &image_adds_remote::RULE,
    &image_bakes_model::RULE,
    &image_blob_mismatch::RULE,
    &image_floating::RULE,
    &image_privileged::RULE,
    &image_runs_as_root::RULE,
    &image_secret_in_layer::RULE,
    &json_broken::RULE,
    &json_duplicate_key::RULE,
    &keras_extra_member::RULE,
    &layer_carries_code::RULE,
    &layer_reads_files::RULE,
    &licence_base_flows::RULE,
    &licence_conflict::RULE,
    &licence_missing::RULE,
    &licence_open_without_data::RULE,
    &licence_restricts_use::RULE,
    &licence_unclear::RULE,
    &link_escape::RULE,
    &llamafile_arguments::RULE,
    &lua_function::RULE,
    &metadata_active_content::RULE,
    &metadata_local_path::RULE,
    &model_reference_floating::RULE,
    &model_reference_trusts_code::RULE,
    &name_content_mismatch::RULE,
    &notebook_active_output::RULE,
    &notebook_kernel_command::RULE,
    &numpy_object_array::RULE,
    &object_outside_library::RULE,
    &opens_and_runs::RULE,
    &operator_carries_program::RULE,
    &operator_opens_network::RULE,
    &operator_reaches_files::RULE,
    &operator_runs_code::RULE,
    &operator_unknown::RULE,
    &package_carries_source::RULE,
    &package_direct_url::RULE,
    &package_extra_index::RULE,
    &package_from_path_outside::RULE,
    &package_install_script::RULE,
    &package_list_unread::RULE,
    &package_lock_disagrees::RULE,
    &package_lookalike::RULE,
    &package_repository_floating::RULE,
    &package_unchecked_index::RULE,
    &package_unhashed::RULE,
    &package_unpinned::RULE,
    &pickle_broken::RULE,
    &pickle_carries_code::RULE,
    &pickle_computed_import::RULE,
    &pickle_expansion::RULE,
    &pickle_extension_code::RULE,
    &pickle_fills_object::RULE,
    &pickle_frame_mismatch::RULE,
    &pickle_hidden_opcodes::RULE,
    &pickle_native_code::RULE,
    &pickle_nested_load::RULE,
    &pickle_odd_protocol::RULE,
    &pickle_opens_network::RULE,
    &pickle_persistent_id::RULE,
    &pickle_reads_files::RULE,
    &pickle_rebinds_attributes::RULE,
    &pickle_resolves_names::RULE,
    &pickle_runs_code::RULE,
    &pickle_starts_process::RULE,
    &pickle_touches_process::RULE,
    &pickle_trailing_data::RULE,
    &pickle_unknown_import::RULE,
    &pickle_writes_files::RULE,
    &pipeline_component_missing::RULE,
    &pmml_script::RULE,
    &polyglot_file::RULE,
    &r_deferred_code::RULE,
    &r_outside_object::RULE,
    &reference_escape::RULE,
    &reference_missing::RULE,
    &reference_native_library::RULE,
    &reference_out_of_bounds::RULE,
    &secret_credential::RULE,
    &secret_file::RULE,
    &secret_password::RULE,
    &secret_service_key::RULE,
    &secret_webhook::RULE,
    &shard_contradiction::RULE,
    &shard_missing::RULE,
    &shard_path_escape::RULE,
    &skops_loader_mismatch::RULE,
    &source_computed_import::RULE,
    &source_decodes_and_runs::RULE,
    &source_encoded_text::RULE,
    &source_install_code::RULE,
    &source_installs_packages::RULE,
    &source_invisible_text::RULE,
    &source_native_code::RULE,
    &source_obscured_names::RULE,
    &source_opens_network::RULE,
    &source_persistence::RULE,
    &source_remote_code::RULE,
    &source_runs_code::RULE,
    &source_sends_secrets::RULE,
    &source_starts_process::RULE,
    &source_unparsed::RULE,
    &source_unsafe_load::RULE,
    &storage_contradiction::RULE,
    &template_active_output::RULE,
    &template_expensive::RULE,
    &template_hidden_instruction::RULE,
    &template_import::RULE,
    &template_invisible_text::RULE,
    &template_sandbox_escape::RULE,
    &template_trigger_phrase::RULE,
    &template_unknown_call::RULE,
    &template_unparsed::RULE,
    &tensor_config_mismatch::RULE,
    &tensor_hole::RULE,
    &tensor_misaligned::RULE,
    &tensor_order::RULE,
    &tensor_out_of_bounds::RULE,
    &tensor_overlap::RULE,
    &tensor_size_mismatch::RULE,
    &tensor_trailing_bytes::RULE,
    &tensor_unknown_type::RULE,
    &torch_header_program::RULE,
    &torchscript_constant_address::RULE,
    &torchscript_foreign_code::RULE,
    &torchserve_manifest::RULE,
    &tree_contradiction::RULE,
    &weights_duplicate_tensor::RULE,
    &weights_hidden_payload::RULE,
    &weights_mixed_types::RULE,
    &weights_not_finite::RULE,
    &weights_odd_entropy::RULE,
    &weights_outlier_neuron::RULE,
    &weights_zero_tensor::RULE,
    &workflow_broad_permissions::RULE,
    &workflow_floating_action::RULE,
    &workflow_script_injection::RULE,
    &xml_document_type::RULE,
    &yaml_object_tag::RULE,
    &yaml_unparsed::RULE,
    &yara_match::RULE,
];

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// Ids of rules with a similar name.
pub fn near(id: &str) -> Vec<&'static str> {
    let mut near: Vec<(usize, &str)> = RULES
        .iter()
        .map(|rule| (text::distance(id, rule.id), rule.id))
        .filter(|(distance, near)| distance * 3 <= near.len() || (id.len() > 3 && near.contains(id)))
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, id)| id).take(5).collect()
}

/// The sentence about a rule that does not exist.
pub fn no_such_rule(id: &str) -> String {
    let mut sentence = format!("no rule is called `{}`", text::shown(id, 80));
    let near = near(id);
    if !near.is_empty() {
        sentence.push_str(&format!("; similar: `{}`", near.join("`, `")));
    }
    sentence
}
