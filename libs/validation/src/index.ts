export { ContractRules, type MessageRules, type ReadRules } from './contract-rules';
export { type RuleProblem, ruleProblemLine } from './rule-problem';
