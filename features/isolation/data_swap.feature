Feature: Nobody sees somebody else's data
  Many members at once, at random moments, on the same pages. Every response
  is looked through for facts of anybody else; no step has to ask for it.

  Rule: Members share a household, not their data

    @users(60)
    Scenario: A mix of journeys
      Given the fact "address" is shared within the group
      And traffic at 50 TPS for 10 s
      And members run these journeys:
        | journey             | weight |
        | Look at the profile | 3      |
        | Look for a provider | 2      |
        | Book and cancel     | 2      |
      Then no member sees another member's data

  Rule: What members type in comes back to them and accuses nobody

    Scenario: Members search for what they like
      Given traffic at 50 TPS for 6 s
      And the member runs the journey "Sign in"
      When the member sends GET "/search?q={{ other.full_name }}"
      Then the response status is 200
      When the member sends GET "/me"
      Then the response shows the member's own email
